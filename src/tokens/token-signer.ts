import { createSigner } from 'fast-jwt'
import type { SigningKey } from '../keys/signing-key.js'

/** The key that signs a token; without a `typ` it is `JWT`. */
export type TokenKey = Pick<SigningKey, 'kid' | 'algorithm'> & { secret: string | Buffer; typ?: string }

/** The function that signs a payload with this key, made once for each: reading a PEM costs more than a signature. */
export const signerOf = remembered(({ kid, algorithm, secret, typ = 'JWT' }: TokenKey) =>
  // Without `notBefore` fast-jwt omits an nbf of 0, the value at the epoch. It means: as iat.
  createSigner({ key: secret, algorithm, kid, header: { alg: algorithm, typ }, notBefore: 0 })
)

/** The function, memoised for each key. */
export function remembered<Key extends object, Result>(make: (key: Key) => Result): (key: Key) => Result {
  const results = new WeakMap<Key, Result>()
  return (key) => {
    const known = results.get(key)
    if (known !== undefined) return known
    const result = make(key)
    results.set(key, result)
    return result
  }
}
