import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** The length of a storage key, in bytes. */
export const storageKeyLength = 32

/** A text that was unsealed. */
export interface Unsealed {
  readonly text: string
  /** Whether the first key has sealed it. */
  readonly isCurrent: boolean
}

/** Encrypts secrets for the records that hold them with AES-256-GCM (NIST SP 800-38D), whose nonce is random. */
export interface Sealing {
  /** Encrypts a text with the first key. @param row the record that it is the secret of: nothing opens it in another one. */
  seal(row: string, text: string): Buffer
  /** Decrypts it with whichever key fits. Undefined if none does, or if it was changed or is of another row. */
  unseal(row: string, sealed: Buffer): Unsealed | undefined
}

const algorithm = 'aes-256-gcm'
const nonceLength = 12
const tagLength = 16

/** @param keys of `storageKeyLength` bytes each, at least one; the first one encrypts. */
export function createSealing(keys: readonly Buffer[]): Sealing {
  const [current] = keys
  if (current === undefined) throw new RangeError('sealing needs a key')

  return {
    seal(row, text) {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv(algorithm, current, nonce).setAAD(Buffer.from(row))
      const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), encrypted])
    },

    unseal(row, sealed) {
      for (const key of keys) {
        const text = decrypt(key, row, sealed)
        if (text !== undefined) return { text, isCurrent: key === current }
      }
      return undefined
    }
  }
}

function decrypt(key: Buffer, row: string, sealed: Buffer): string | undefined {
  const start = nonceLength + tagLength
  try {
    const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceLength), {
      authTagLength: tagLength
    })
    decipher.setAAD(Buffer.from(row)).setAuthTag(sealed.subarray(nonceLength, start))
    return Buffer.concat([decipher.update(sealed.subarray(start)), decipher.final()]).toString()
  } catch {
    return undefined
  }
}
