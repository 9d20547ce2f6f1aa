import { derivedSecret } from './derived-secret.js'
import type { SigningKey } from './signing-key.js'

/** The `typ` of a refresh token's header (RFC 7515 §4.1.9). */
export const refreshTokenType = 'refresh+jwt'

/** The key of the refresh tokens that belong to a signing key. It is never published: only Postern reads refresh tokens. */
export interface RefreshKey {
  /** Derived from the secret, and reveals nothing of it. */
  readonly kid: string
  readonly algorithm: 'HS256'
  readonly secret: Buffer
  readonly typ: typeof refreshTokenType
}

const keys = new WeakMap<SigningKey, RefreshKey>()

/**
 * The refresh key of a signing key, from which it is derived, so that it lives, rotates and is retired with that key and needs no
 * storage. Costs some 0.1 ms at the first call for a key (RSA: 1 ms).
 */
export function refreshKeyOf(key: SigningKey): RefreshKey {
  const known = keys.get(key)
  if (known !== undefined) return known
  const derived: RefreshKey = {
    kid: derivedSecret(key, 'postern refresh key id v1').toString('base64url'),
    algorithm: 'HS256',
    secret: derivedSecret(key, 'postern refresh v1'),
    typ: refreshTokenType
  }
  keys.set(key, derived)
  return derived
}
