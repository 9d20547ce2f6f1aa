import { createPrivateKey } from 'node:crypto'
import { derivedSecret } from './derived-secret.js'
import { keyFrom, type SigningKey } from './signing-key.js'

/** The `typ` of an assertion's header (RFC 7515 §4.1.9, RFC 8725 §3.11). */
export const assertionType = 'assertion+jwt'

/** The key of the assertions that belong to a signing key: Ed25519 (RFC 8032), whatever the algorithm of that. */
export interface AssertionKey extends SigningKey {
  readonly algorithm: 'EdDSA'
  readonly publicKey: string
  readonly typ: typeof assertionType
}

// RFC 8410 §7: the DER of a PKCS#8 Ed25519 key, up to its seed of 32 bytes.
const prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

const keys = new WeakMap<SigningKey, AssertionKey>()

/**
 * The assertion key of a signing key, from which its seed is derived, so that it lives, rotates and is retired with that key and needs no
 * storage. Undefined for an HMAC key, which has no public part. Costs some 0.5 ms at the first call for a key.
 */
export function assertionKeyOf(key: SigningKey): AssertionKey | undefined {
  if (key.publicKey === null) return undefined
  const known = keys.get(key)
  if (known !== undefined) return known
  const seed = derivedSecret(key, 'postern assertion v1')
  const privateKey = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' })
  const derived = { ...keyFrom(privateKey, 'EdDSA'), typ: assertionType } as AssertionKey
  keys.set(key, derived)
  return derived
}
