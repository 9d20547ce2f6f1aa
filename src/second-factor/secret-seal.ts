import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** Encrypts what is kept under the storage key, with AES-256-GCM. */
export interface SecretSeal {
  /** The secret as it is kept: sealed under the first key, or in the clear without one. @param owner is authenticated with it. */
  seal(secret: string, owner: string): string
  /**
   * The secret of a kept text. One in the clear is given as it is, so that a key can be set later.
   *
   * @throws `Error` if it is sealed for another owner, or under a key that is not here.
   */
  open(kept: string, owner: string): string
  /** Whether `seal` would keep the secret of this text otherwise: it is in the clear, or under another key than the first. */
  isStale(kept: string, owner: string): boolean
}

const algorithm = 'aes-256-gcm'
const nonceLength = 12
const tagLength = 16

// No base32 begins so.
const prefix = 'v1:'

/** See `SecretSeal`. @param keys of 32 bytes: the first one seals, each one opens. Without any nothing is encrypted. */
export function createSecretSeal(keys: readonly Buffer[]): SecretSeal {
  const [first] = keys

  function openWith(key: Buffer, sealed: Buffer, owner: string): string | undefined {
    try {
      const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceLength))
      decipher.setAAD(Buffer.from(owner)).setAuthTag(sealed.subarray(-tagLength))
      const text = decipher.update(sealed.subarray(nonceLength, -tagLength))
      return Buffer.concat([text, decipher.final()]).toString()
    } catch {
      // Not of this key.
      return undefined
    }
  }

  function findWith(keys: readonly Buffer[], kept: string, owner: string): string | undefined {
    const sealed = Buffer.from(kept.slice(prefix.length), 'base64url')
    for (const key of keys) {
      const secret = openWith(key, sealed, owner)
      if (secret !== undefined) return secret
    }
    return undefined
  }

  return {
    seal(secret, owner) {
      if (first === undefined) return secret
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv(algorithm, first, nonce).setAAD(Buffer.from(owner))
      const text = Buffer.concat([cipher.update(secret), cipher.final()])
      return prefix + Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')
    },

    open(kept, owner) {
      if (!kept.startsWith(prefix)) return kept
      const secret = findWith(keys, kept, owner)
      if (secret === undefined) throw new Error('a secret is sealed under a storage key that is not set')
      return secret
    },

    isStale(kept, owner) {
      if (first === undefined) return kept.startsWith(prefix)
      return !kept.startsWith(prefix) || findWith([first], kept, owner) === undefined
    }
  }
}
