import { createSealing } from '../sealing.js'

/** The form in which the secrets of second factors are kept. */
export interface SecretSeal {
  /** The secret as it is kept: encrypted under the first key, or in the clear without one. @param uid of its account. */
  seal(secret: string, uid: string): string
  /**
   * The secret of a kept text. One in the clear is given as it is, so that a key can be set later.
   *
   * @throws `Error` if it was encrypted for another account, or under a key that is not here.
   */
  open(kept: string, uid: string): string
  /** Whether `seal` would keep the secret of this text otherwise: it is in the clear, or under another key than the first. */
  isStale(kept: string, uid: string): boolean
}

// No base32 begins so.
const prefix = 'v1:'

/** See `SecretSeal`. @param keys of 32 bytes: the first one encrypts, each one decrypts. */
export function createSecretSeal(keys: readonly Buffer[]): SecretSeal {
  const sealing = keys.length === 0 ? undefined : createSealing(keys)
  const rowOf = (uid: string) => `users ${uid}`

  function unseal(kept: string, uid: string) {
    const opened = sealing?.unseal(rowOf(uid), Buffer.from(kept.slice(prefix.length), 'base64url'))
    if (opened === undefined) throw new Error('a second factor is encrypted under a key that is not set')
    return opened
  }

  return {
    seal(secret, uid) {
      return sealing === undefined ? secret : prefix + sealing.seal(rowOf(uid), secret).toString('base64url')
    },

    open: (kept, uid) => (kept.startsWith(prefix) ? unseal(kept, uid).text : kept),
    isStale: (kept, uid) => (kept.startsWith(prefix) ? !unseal(kept, uid).isCurrent : sealing !== undefined)
  }
}
