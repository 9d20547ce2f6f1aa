import { parseDerivedHash } from './derived-hash.js'

const phc = /^\$argon2(?:id|i|d)\$v=(?:16|19)\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

// RFC 9106 §3.1: a salt of at least 8 bytes, a tag of at least 4, 8 KiB of memory for each lane. These take no padding.
const minSaltLength = 11
const minTagLength = 6
const minMemoryPerLane = 8

// One verification must not take the whole machine.
const maxMemoryKib = 1024 * 1024
const maxIterations = 20
const maxLanes = 16

// Of an account that is imported. Ours may be dearer, since the operator has chosen their cost.
const maxImported = { memoryKib: 256 * 1024, iterations: 10, lanes: 4 }

// Each step doubles the cost; 14 takes about a second.
const bcrypt = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
const minBcryptCost = 4
const maxBcryptCost = 14

/** The requirement of a hash, for people. */
export const usableHashRule = 'must be a usable hash of argon2, bcrypt, scrypt or pbkdf2'

/** Whether this is a bcrypt hash, or the PHC string of argon2, scrypt or PBKDF2, that can be verified at a bearable cost. */
export function isUsableHash(text: string): boolean {
  if (isBcryptHash(text)) return isBearableBcrypt(text)
  return isUsableArgon2(text) || parseDerivedHash(text) !== undefined
}

/** Whether it is one that an import takes, for which argon2 has narrower bounds: 256 MiB, 10 iterations, 4 lanes. */
export function isImportableHash(text: string): boolean {
  if (!isUsableHash(text)) return false
  const [, memory = 0, iterations = 0, lanes = 0] = phc.exec(text) ?? []
  return (
    Number(memory) <= maxImported.memoryKib &&
    Number(iterations) <= maxImported.iterations &&
    Number(lanes) <= maxImported.lanes
  )
}

/** Whether another program has chosen the cost: any hash but one of argon2 with no more than this memory, in KiB. */
export function isForeignHash(text: string, memoryKib: number): boolean {
  return !(Number(phc.exec(text)?.[1]) <= memoryKib)
}

/** Whether this is a bcrypt hash, as other programs made it. */
export function isBcryptHash(text: string): boolean {
  return bcrypt.test(text)
}

function isBearableBcrypt(text: string): boolean {
  const cost = Number(bcrypt.exec(text)?.[1])
  return cost >= minBcryptCost && cost <= maxBcryptCost
}

function isUsableArgon2(text: string): boolean {
  const [, memory, iterations, lanes, salt = '', tag = ''] = phc.exec(text) ?? []
  return (
    Number(lanes) >= 1 &&
    Number(lanes) <= maxLanes &&
    Number(memory) >= minMemoryPerLane * Number(lanes) &&
    Number(memory) <= maxMemoryKib &&
    Number(iterations) >= 1 &&
    Number(iterations) <= maxIterations &&
    salt.length >= minSaltLength &&
    tag.length >= minTagLength
  )
}
