import { createHmac } from 'node:crypto'
import { derivedSecret } from '../keys/derived-secret.js'
import type { KeyRing } from '../keys/key-ring.js'
import type { SigningKey } from '../keys/signing-key.js'
import { isSameSecret } from '../secrets.js'

/** Signs what a browser keeps for Postern, by HMAC-SHA-256 (RFC 2104). The signature is as good at every instance, and after a restart. */
export interface Signatures {
  /** The signature of a text. @param purpose tells texts of different kinds apart. */
  sign(purpose: string, text: string): string
  /** Whether a text was signed for this purpose with the secret of a key that is still in use. Takes constant time for each key. */
  isSigned(purpose: string, text: string, signature: string): boolean
}

/** See `Signatures`. The secrets are derived from the signing keys, and are retired with them. */
export function createSignatures(keys: Pick<KeyRing, 'signing' | 'scheduled'>): Signatures {
  const secrets = new WeakMap<SigningKey, Buffer>()

  function secretOf(key: SigningKey): Buffer {
    const secret = secrets.get(key) ?? derivedSecret(key, 'postern browser v1')
    secrets.set(key, secret)
    return secret
  }

  function signWith(key: SigningKey, purpose: string, text: string): string {
    return createHmac('sha256', secretOf(key)).update(`${purpose}\n${text}`).digest('base64url')
  }

  return {
    sign: (purpose, text) => signWith(keys.signing, purpose, text),
    isSigned: (purpose, text, signature) =>
      keys.scheduled.some(({ key }) => isSameSecret(signature, signWith(key, purpose, text)))
  }
}
