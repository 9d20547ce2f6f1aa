const phc = /^\$argon2(?:id|i|d)\$v=(?:16|19)\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

// RFC 9106 §3.1: a salt of at least 8 bytes, a tag of at least 4, 8 KiB of memory for each lane. These take no padding.
const minSaltLength = 11
const minTagLength = 6
const minMemoryPerLane = 8

// One verification must not take the whole machine.
const maxMemoryKib = 1024 * 1024
const maxIterations = 20
const maxLanes = 16

// Each step doubles the cost; 14 takes about a second.
const bcrypt = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
const minBcryptCost = 4
const maxBcryptCost = 14

/** Whether this is the PHC string of an argon2 hash, or a bcrypt hash, that can be verified at a bearable cost. */
export function isUsableHash(text: string): boolean {
  return isBcryptHash(text) ? isBearableBcrypt(text) : isUsableArgon2(text)
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
