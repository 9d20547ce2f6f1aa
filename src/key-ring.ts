import { invalidToken, ServiceError } from './errors.js'
import type { SigningKey } from './signing-key.js'

/** A key as verifiers take it: `material` is the PEM SPKI, or the secret for HMAC. */
export interface VerificationKey {
  readonly kid: string
  readonly algorithm: SigningKey['algorithm']
  readonly material: string
}

/** Which key signs, which one verifies, and what is public. */
export interface KeyRing {
  /** The key that signs now. */
  readonly signing: SigningKey
  /** All keys that verify now. */
  readonly verifying: readonly VerificationKey[]
  /**
   * The key for a token with this JOSE header.
   *
   * @throws `InvalidTokenError` unless the header holds `alg`, `kid` and `typ` as Postern writes them and nothing
   *   else: `alg` must be the one that the key was made for (RFC 8725 §3.1), and what is not understood (`crit`,
   *   `b64`) or would bring a key along (`jwk`, `jku`, `x5c`) is not looked at.
   */
  verificationKey(header: unknown): VerificationKey
  /** The PEM SPKI of the key that signs now. @throws `NoPublicKeyError` when it is an HMAC key. */
  publicKey(): string
}

/** A ring of one signing key. */
export function createKeyRing(signing: SigningKey): KeyRing {
  const verifying = [
    { kid: signing.kid, algorithm: signing.algorithm, material: signing.publicKey ?? signing.secret }
  ]
  const byId = new Map(verifying.map((key) => [key.kid, key]))

  return {
    signing,
    verifying,

    verificationKey(header) {
      const { alg, kid, typ, ...others } = Object(header) as Record<string, unknown>
      if (typ !== 'JWT' || Object.keys(others).length > 0) {
        throw invalidToken('The header of the token is not one that this service writes.')
      }
      const key = typeof kid === 'string' ? byId.get(kid) : undefined
      if (key === undefined) throw invalidToken('The key of the token (kid) is not known here.')
      if (alg !== key.algorithm)
        throw invalidToken('The algorithm of the token (alg) is not that of its key.')
      return key
    },

    publicKey() {
      if (signing.publicKey === null) throw new ServiceError('NoPublicKeyError')
      return signing.publicKey
    }
  }
}
