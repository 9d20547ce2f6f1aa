import { randomBytes } from 'node:crypto'
import { invalidArgument, Refusal } from '../errors/refusals.js'
import type { Networks } from '../networks.js'
import type { Requester } from '../requester.js'
import {
  type ConcurrencyLimit,
  type ConcurrencyOptions,
  createConcurrencyLimit
} from './concurrency-limit.js'
import { isDerivedFrom, parseDerivedHash } from './derived-hash.js'
import { isBcryptHash, isForeignHash } from './hash-formats.js'

const maxLength = 1024

// In UTF-16 units, before NFC, whose cost is quadratic in a run of combining marks.
const maxUnits = 4 * maxLength

// RFC 9106 §4 recommends 128 bits of salt and a 256-bit tag.
const saltLength = 16
const hashLength = 32

const maxBcryptBytes = 72

// OWASP's floors for argon2id at parallelism 1, as [memory in KiB, iterations].
const owaspFloors = [
  [47104, 1],
  [19456, 2],
  [12288, 3]
] as const

/** The hashing parameters and the password policy. */
export interface PasswordOptions {
  /** Memory cost of argon2id in KiB. */
  memoryKib: number
  iterations: number
  /** In characters (code points after NFC). */
  minLength: number
  concurrency: ConcurrencyOptions
  networks: Networks
}

/**
 * Hashes and verifies passwords with argon2id, a bounded number at once. Requesters of different networks take turns; the
 * operator, loopback and each request of a backend count as a network of their own.
 */
export interface Passwords {
  /** Prepares for the first password, which otherwise pays for it; takes some 5 ms. */
  prepare(): Promise<void>
  /**
   * Requires a password that may be set.
   *
   * @throws `InvalidArgumentError` for an empty, overlong or ill-formed one, `PasswordPolicyError` for one that is
   *   shorter than the minimum of this service.
   */
  requireAcceptable(password: string): void
  /**
   * A new PHC string for the password. Costs one run of argon2id, on libuv's thread pool.
   *
   * @param requester none for the operator.
   * @throws `InvalidArgumentError` for an empty, overlong or ill-formed password, `ServerBusyError` when too many
   *   wait or the requester is gone.
   */
  hash(password: string, requester?: Requester): Promise<string>
  /**
   * Whether the password matches this PHC string, in NFC or as sent. Without a PHC string (an unknown user) it is false, at the
   * cost of a verification with the current parameters: the time does not reveal who exists. A password that is not in NFC
   * costs two verifications, for any name. A hash of another program takes another time, until the first login renews it; such
   * ones are verified one at a time. A bcrypt hash matches no password of more than 72 bytes.
   *
   * @param judge receives the verification in its turn, and may refuse to run it.
   * @throws as `hash` does, and the errors of `judge`.
   */
  verify(
    hash: string | undefined,
    password: string,
    judge?: (verification: () => Promise<boolean>) => Promise<boolean>,
    requester?: Requester
  ): Promise<boolean>
  /** The least length of a new password, in characters. */
  readonly minLength: number
  /** The numbers of running and waiting hashes and verifications. */
  readonly load: ConcurrencyLimit['load']
  /** Whether the parameters of the PHC string differ from the current ones. */
  needsRehash(hash: string): boolean
}

/** See `Passwords`. */
export function createPasswords({
  memoryKib,
  iterations,
  minLength,
  concurrency,
  networks
}: PasswordOptions): Passwords {
  const limit = createConcurrencyLimit(concurrency)
  // Before the other: one that waits here must take no place from a hash of ours.
  const foreignLimit = createConcurrencyLimit({ ...concurrency, maxRunning: 1 })
  const parameters = { memoryCost: memoryKib, timeCost: iterations, parallelism: 1, version: 0x13 }
  const prefix = `$argon2id$v=19$m=${memoryKib},t=${iterations},p=1$`
  const decoy = `${prefix}${randomBase64(saltLength)}$${randomBase64(hashLength)}`

  async function isPasswordOf(hash: string | undefined, password: string): Promise<boolean> {
    if (hash !== undefined && isBcryptHash(hash)) {
      // bcrypt ignores further bytes: any password that begins like the user's would match.
      if (Buffer.byteLength(password) <= maxBcryptBytes) return await compareBcrypt(hash, password)
      return await isPasswordOf(undefined, password)
    }
    const derived = hash === undefined ? undefined : parseDerivedHash(hash)
    if (derived !== undefined) return await isDerivedFrom(derived, password)
    return await (await loadArgon2()).verify(hash ?? decoy, password)
  }

  function originOf(requester: Requester | undefined) {
    if (requester === undefined) return {}
    return { network: networks.of(requester.address), isGone: requester.isGone }
  }

  return {
    minLength,

    async prepare() {
      await loadArgon2()
    },

    get load() {
      const { running, waiting } = limit.load
      return { running, waiting: waiting + foreignLimit.load.waiting }
    },

    requireAcceptable(password) {
      if (characters(normalisePassword(password)) < minLength) {
        throw new Refusal('PasswordPolicyError', {
          message: `The password must be at least ${minLength} characters long.`
        })
      }
    },

    async hash(password, requester) {
      const normalised = normalisePassword(password)
      return await limit.run(async () => {
        const argon2 = await loadArgon2()
        return await argon2.hash(normalised, { ...parameters, type: argon2.argon2id, hashLength })
      }, originOf(requester))
    },

    async verify(hash, password, judge = (verification) => verification(), requester = undefined) {
      const normalised = normalisePassword(password)
      const verification = async () => {
        if (await isPasswordOf(hash, normalised)) return true
        // Other programs hashed the bytes as sent, and their hashes look like ours. An unknown name takes the same time.
        return password !== normalised && (await isPasswordOf(hash, password))
      }
      const origin = originOf(requester)
      const turn = () => limit.run(() => judge(verification), origin)
      const isForeign = hash !== undefined && isForeignHash(hash, memoryKib)
      return await (isForeign ? foreignLimit.run(turn, origin) : turn())
    },

    needsRehash(hash) {
      return !hash.startsWith(prefix)
    }
  }
}

/** Whether these settings are weaker than each of OWASP's floors for argon2id. */
export function isBelowOwaspFloors(memoryKib: number, iterations: number): boolean {
  return !owaspFloors.some(([memory, time]) => memoryKib >= memory && iterations >= time)
}

// Not at the start, which loading native code would delay.
async function loadArgon2() {
  return (await import('argon2')).default
}

// On libuv's thread pool, like argon2. Loaded on first use, since few services have such hashes.
async function compareBcrypt(hash: string, password: string): Promise<boolean> {
  const { compare } = (await import('bcrypt')).default
  // PHP's name of the same algorithm, which the package does not know.
  return await compare(password, hash.replace(/^\$2y\$/, '$2b$'))
}

// NFC, so that a password typed on another keyboard is the same one; nothing is trimmed (RFC 8265 §4.2).
function normalisePassword(password: string): string {
  // A lone surrogate has no UTF-8 form: all of them would hash like U+FFFD.
  if (!password.isWellFormed()) throw invalidArgument('pass', 'must be well-formed Unicode')
  if (password.length > maxUnits) throw wrongLength()
  const normalised = password.normalize('NFC')
  const length = characters(normalised)
  if (length < 1 || length > maxLength) throw wrongLength()
  return normalised
}

function wrongLength(): Refusal {
  return invalidArgument('pass', `must be 1 to ${maxLength} characters long`)
}

function characters(text: string): number {
  return [...text].length
}

function randomBase64(bytes: number): string {
  return randomBytes(bytes).toString('base64').replaceAll('=', '')
}
