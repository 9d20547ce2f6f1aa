import { createPrivateKey, hkdfSync } from 'node:crypto'
import type { SigningKey } from './signing-key.js'

const length = 32

/**
 * A secret of 32 bytes that is derived from a signing key by HKDF-SHA-256 (RFC 5869) with an empty salt, and reveals nothing of it. It
 * is the same in every process with that key, and needs no storage.
 *
 * @param purpose tells the secrets of one key apart; the name of a purpose is for ever.
 */
export function derivedSecret({ secret, publicKey }: SigningKey, purpose: string): Buffer {
  const input =
    publicKey === null
      ? Buffer.from(secret)
      : createPrivateKey(secret).export({ type: 'pkcs8', format: 'der' })
  return Buffer.from(hkdfSync('sha256', input, '', purpose, length))
}
