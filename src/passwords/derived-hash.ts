import { createCipheriv, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** A hash that PBKDF2 or scrypt derives from the password, as another program made it. */
export type DerivedHash = Pbkdf2Hash | ScryptHash

/** A key of PBKDF2 (RFC 8018 §5.2). */
export interface Pbkdf2Hash {
  readonly kind: 'pbkdf2'
  readonly digest: 'sha256' | 'sha512'
  readonly iterations: number
  readonly salt: Buffer
  readonly tag: Buffer
}

/** A key of scrypt (RFC 7914 §6), or what Firebase encrypts with one. */
export interface ScryptHash {
  readonly kind: 'scrypt'
  /** `N`, `r` and `p`. */
  readonly cost: number
  readonly blockSize: number
  readonly lanes: number
  readonly salt: Buffer
  readonly tag: Buffer
  /** The project's key that Firebase encrypts with the derived one. */
  readonly signerKey?: Buffer
}

/** The parts of a hash of Firebase: the key and the separator are those of its project. */
export interface FirebaseHash {
  signerKey: Buffer
  saltSeparator: Buffer
  /** The base-2 logarithm of `N`. */
  memoryCost: number
  rounds: number
  salt: Buffer
  tag: Buffer
}

// Base64 without padding, as the PHC string format has it; passlib writes a dot for the plus.
const base64 = '([A-Za-z0-9+/.]+)'

const pbkdf2Format = new RegExp(
  `^\\$pbkdf2-(sha256|sha512)\\$(?:i=(\\d{1,7})(?:,l=(\\d{1,3}))?|(\\d{1,7}))\\$${base64}\\$${base64}$`
)
const scryptFormat = new RegExp(
  `^\\$scrypt\\$ln=(\\d{1,2}),r=(\\d{1,2}),p=(\\d{1,2})\\$${base64}\\$${base64}$`
)
const firebaseFormat = new RegExp(
  `^\\$firebase-scrypt\\$ln=(\\d{1,2}),r=(\\d{1,2}),sk=${base64}(?:,ss=${base64})?\\$${base64}\\$${base64}$`
)

// One verification must not take the whole machine. Each of these takes about a second at most.
const maxIterations = 2_000_000
const maxLogCost = 17
const maxBlockSize = 8
const maxLanes = 4

// In bytes. RFC 8018 §4.1 asks for a salt of 8; a shorter tag could be guessed, a longer one multiplies the cost of PBKDF2.
const minSaltLength = 8
const maxSaltLength = 128
const minTagLength = 16
const maxTagLength = 64
const maxSignerKeyLength = 128

const derivePbkdf2 = promisify(pbkdf2)
const deriveScrypt = promisify<
  string,
  Buffer,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt)

/**
 * The hash of this PHC string: `$pbkdf2-sha256$` or `$pbkdf2-sha512$` (also as passlib writes them), `$scrypt$`, and our own form of
 * Firebase's. Undefined for any other text, and for one that cannot be verified at a bearable cost.
 */
export function parseDerivedHash(text: string): DerivedHash | undefined {
  const hash = parsePbkdf2(text) ?? parseScrypt(text) ?? parseFirebase(text)
  if (hash === undefined || !isWithin(hash.salt.length, minSaltLength, maxSaltLength)) return undefined
  const maxLength = hash.kind === 'scrypt' && hash.signerKey ? maxSignerKeyLength : maxTagLength
  return isWithin(hash.tag.length, minTagLength, maxLength) ? hash : undefined
}

/** Whether the password has this hash. Compares in constant time, and derives on libuv's thread pool. */
export async function isDerivedFrom(hash: DerivedHash, password: string): Promise<boolean> {
  return timingSafeEqual(await derive(hash, password), hash.tag)
}

/** The PHC string of a hash that Firebase has exported. */
export function firebasePhc({
  signerKey,
  saltSeparator,
  memoryCost,
  rounds,
  salt,
  tag
}: FirebaseHash): string {
  const separator = saltSeparator.length > 0 ? `,ss=${encode(saltSeparator)}` : ''
  const parameters = `ln=${memoryCost},r=${rounds},sk=${encode(signerKey)}${separator}`
  return `$firebase-scrypt$${parameters}$${encode(salt)}$${encode(tag)}`
}

function parsePbkdf2(text: string): Pbkdf2Hash | undefined {
  const [, digest, named, length, positional, salt = '', tag = ''] = pbkdf2Format.exec(text) ?? []
  const iterations = Number(named ?? positional)
  if (digest === undefined || !isWithin(iterations, 1, maxIterations)) return undefined
  const hash = { digest: digest as Pbkdf2Hash['digest'], iterations, salt: decode(salt), tag: decode(tag) }
  if (length !== undefined && Number(length) !== hash.tag.length) return undefined
  return { kind: 'pbkdf2', ...hash }
}

function parseScrypt(text: string): ScryptHash | undefined {
  const [, log, blockSize, lanes, salt = '', tag = ''] = scryptFormat.exec(text) ?? []
  return withBearableCost(Number(log), {
    blockSize: Number(blockSize),
    lanes: Number(lanes),
    salt: decode(salt),
    tag: decode(tag)
  })
}

function parseFirebase(text: string): ScryptHash | undefined {
  const [, log, rounds, signerKey = '', separator = '', salt = '', tag = ''] = firebaseFormat.exec(text) ?? []
  const hash = withBearableCost(Number(log), {
    blockSize: Number(rounds),
    lanes: 1,
    salt: Buffer.concat([decode(salt), decode(separator)]),
    tag: decode(tag),
    signerKey: decode(signerKey)
  })
  // A stream cipher: what it makes is as long as what it takes.
  return hash?.signerKey?.length === hash?.tag.length ? hash : undefined
}

function withBearableCost(log: number, hash: Omit<ScryptHash, 'kind' | 'cost'>): ScryptHash | undefined {
  const isBearable =
    isWithin(log, 1, maxLogCost) &&
    isWithin(hash.blockSize, 1, maxBlockSize) &&
    isWithin(hash.lanes, 1, maxLanes)
  return isBearable ? { kind: 'scrypt', cost: 2 ** log, ...hash } : undefined
}

async function derive(hash: DerivedHash, password: string): Promise<Buffer> {
  const { salt, tag } = hash
  if (hash.kind === 'pbkdf2') {
    return await derivePbkdf2(password, salt, hash.iterations, tag.length, hash.digest)
  }
  const { cost: N, blockSize: r, lanes: p, signerKey } = hash
  // RFC 7914 §2 needs 128 bytes of memory for each unit, and a little more.
  const options = { N, r, p, maxmem: 128 * r * (N + p + 2) + 1024 * 1024 }
  if (signerKey === undefined) return await deriveScrypt(password, salt, tag.length, options)
  const key = await deriveScrypt(password, salt, 32, options)
  // Each password has a key of its own, so that no counter is used twice.
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  return Buffer.concat([cipher.update(signerKey), cipher.final()])
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most
}

function decode(text: string): Buffer {
  return Buffer.from(text.replaceAll('.', '+'), 'base64')
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
