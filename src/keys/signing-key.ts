import { isUtf8 } from 'node:buffer'
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  hkdfSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  sign,
  verify
} from 'node:crypto'
import { promisify } from 'node:util'
import { StartupError } from '../errors/startup-error.js'
import { createId } from '../ids.js'
import { type Algorithm, type HmacKind, isAlgorithm, kinds } from './algorithms.js'
import { isRocaModulus } from './roca.js'

const generate = promisify(generateKeyPair)

const generatedRsaBits = 3072
const minRsaBits = 2048
// FIPS 186-5 §A.1.1. With an exponent of 1 anybody could sign.
const minRsaExponent = 65537n

/** A key with the one algorithm it was made for. `secret` is a PKCS#8 PEM, or the HMAC secret itself. */
export interface SigningKey {
  /** RFC 7638 thumbprint; for an HMAC key an id that reveals nothing of the secret. */
  readonly kid: string
  readonly algorithm: Algorithm
  readonly secret: string
  /** PEM SPKI; null for an HMAC key, which has no public part. */
  readonly publicKey: string | null
}

/**
 * A key from an operator: a PEM private key (PKCS#8, PKCS#1, SEC1), or the secret for HMAC.
 *
 * @param origin its setting, for the message.
 * @throws `StartupError` (wrong setting) for a key that is damaged, too small or does not fit the algorithm.
 */
export function importKey(material: string, algorithm: Algorithm, origin: string): SigningKey {
  const kind = kinds[algorithm]
  try {
    if (kind.type === 'hmac') return hmacKey(material, algorithm, kind)
    return keyFrom(parsePem(material), algorithm)
  } catch (error) {
    if (!(error instanceof KeyProblem)) throw error
    throw new StartupError(
      'wrongSetting',
      `${origin} does not fit POSTERN_ALGORITHM=${algorithm}: ${error.message}`
    )
  }
}

/** A new key: RSA of 3072 bits (up to a second or so), a random HMAC secret as long as its hash, else of the algorithm's curve. */
export async function generateKey(algorithm: Algorithm): Promise<SigningKey> {
  const kind = kinds[algorithm]
  switch (kind.type) {
    case 'hmac':
      return hmacKey(randomBytes(kind.minBytes).toString('base64url'), algorithm, kind, createId())
    case 'rsa':
      return keyFrom((await generate('rsa', { modulusLength: generatedRsaBits })).privateKey, algorithm)
    case 'ec':
      return keyFrom((await generate('ec', { namedCurve: kind.curve })).privateKey, algorithm)
    case 'ed25519':
      return keyFrom((await generate('ed25519')).privateKey, algorithm)
  }
}

/** The private JWK (RFC 7517) that stores a key. */
export function toPrivateJwk({ kid, algorithm, secret }: SigningKey): JsonWebKey {
  const members =
    kinds[algorithm].type === 'hmac'
      ? { kty: 'oct', k: Buffer.from(secret).toString('base64url') }
      : createPrivateKey(secret).export({ format: 'jwk' })
  return { ...members, use: 'sig', alg: algorithm, kid }
}

/** The public form of a key (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2). */
export interface PublicJwk {
  readonly kid: string
  readonly alg: Algorithm
  readonly use: 'sig'
  readonly kty: string
  readonly [member: string]: string
}

/** The public JWK of a key; undefined for an HMAC key, which has no public part. */
export function toPublicJwk({ kid, algorithm, publicKey }: SigningKey): PublicJwk | undefined {
  if (publicKey === null) return undefined
  return { ...publicMembers(createPublicKey(publicKey)), use: 'sig', alg: algorithm, kid }
}

/**
 * The key of a private JWK that `toPrivateJwk` made.
 *
 * @throws `Error` for a JWK that is damaged or does not fit its own `alg`; the message says why, without a secret.
 */
export function fromPrivateJwk(jwk: JsonWebKey): SigningKey {
  const { alg, k, kid, use } = Object(jwk) as JsonWebKey
  if (!isAlgorithm(alg)) throw new KeyProblem('its alg is unknown')
  if (use !== undefined && use !== 'sig') throw new KeyProblem('its use is not sig')
  const kind = kinds[alg]
  if (kind.type !== 'hmac') return keyFrom(parse({ key: jwk, format: 'jwk' }), alg)
  if (typeof k !== 'string' || typeof kid !== 'string') throw new KeyProblem('its k or kid is missing')
  const secret = Buffer.from(k, 'base64url')
  if (!isUtf8(secret)) throw new KeyProblem('its k is no text')
  return hmacKey(secret.toString(), alg, kind, kid)
}

// RFC 7638 §3, with SHA-256.
function thumbprint(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(JSON.stringify(publicMembers(publicKey)))
    .digest('base64url')
}

// The required members of RFC 7638 §3.2, in lexicographic order (§3.3). They are also all public members.
function publicMembers(publicKey: KeyObject) {
  const { kty = '', crv = '', x = '', y = '', n = '', e = '' } = publicKey.export({ format: 'jwk' })
  return kty === 'RSA' ? { e, kty, n } : kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x }
}

class KeyProblem extends Error {}

function hmacKey(secret: string, algorithm: Algorithm, kind: HmacKind, kid = deriveId(secret)): SigningKey {
  // A public key or a JWK in place of a secret is known to others: anybody could sign with it.
  if (secret.includes('-----BEGIN') || isJsonObject(secret)) {
    throw new KeyProblem('it takes a random secret, not a PEM or JSON document')
  }
  if (Buffer.byteLength(secret) < kind.minBytes) {
    throw new KeyProblem(`it takes a secret of at least ${kind.minBytes} bytes`)
  }
  return { kid, algorithm, secret, publicKey: null }
}

function isJsonObject(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}

// A given secret needs the same id after every start, or a restart would refuse all its tokens. HKDF keeps the id
// apart from any signature; an attacker who guesses a weak secret could test the guess on any token just as well.
function deriveId(secret: string): string {
  return Buffer.from(hkdfSync('sha256', secret, '', 'postern key id', 16)).toString('hex')
}

function parsePem(pem: string): KeyObject {
  // An environment variable or a .env file often has the line breaks of a PEM as \n.
  const key = pem.replaceAll('\\n', '\n').trim()
  if (key.includes('ENCRYPTED')) throw new KeyProblem('it takes a PEM private key that is not encrypted')
  return parse({ key, format: 'pem' })
}

function parse(input: Parameters<typeof createPrivateKey>[0]): KeyObject {
  try {
    return createPrivateKey(input)
  } catch {
    throw new KeyProblem('it is damaged, or is not a private key')
  }
}

/**
 * The key of a private key that fits the algorithm.
 *
 * @throws `Error` for any other one; the message says why, without a secret.
 */
export function keyFrom(privateKey: KeyObject, algorithm: Algorithm): SigningKey {
  requireFit(privateKey, kinds[algorithm])
  const publicKey = createPublicKey(privateKey)
  requireSound(privateKey, publicKey)
  return {
    kid: thumbprint(publicKey),
    algorithm,
    secret: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString()
  }
}

function requireFit(key: KeyObject, kind: (typeof kinds)[Algorithm]): void {
  const { namedCurve, modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  switch (kind.type) {
    case 'rsa':
      if (key.asymmetricKeyType !== 'rsa') throw new KeyProblem('it takes an RSA private key')
      if (modulusLength < minRsaBits)
        throw new KeyProblem(`it takes an RSA key of at least ${minRsaBits} bits`)
      if (publicExponent < minRsaExponent)
        throw new KeyProblem(`it takes an RSA key whose public exponent is at least ${minRsaExponent}`)
      if (isRocaModulus(modulusOf(key))) throw new KeyProblem('its modulus can be factored (ROCA)')
      break
    case 'ec':
      if (key.asymmetricKeyType !== 'ec' || namedCurve !== kind.curve) {
        throw new KeyProblem(`it takes an EC private key on the curve ${kind.jwkCurve}`)
      }
      break
    case 'ed25519':
      if (key.asymmetricKeyType !== 'ed25519') throw new KeyProblem('it takes an Ed25519 private key')
  }
}

function modulusOf(key: KeyObject): bigint {
  const { n = '' } = key.export({ format: 'jwk' })
  return BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`)
}

// OpenSSL loads a private key with contradictory parts, and nobody can verify its signatures.
function requireSound(privateKey: KeyObject, publicKey: KeyObject): void {
  const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const probe = Buffer.from('postern')
  let sound = false
  try {
    sound = verify(digest, probe, publicKey, sign(digest, probe, privateKey))
  } catch {
    // Signing itself may fail on such a key.
  }
  if (!sound) throw new KeyProblem('it is damaged: its parts do not belong together')
}
