import { createHash, randomBytes } from 'node:crypto'
import { isSameSecret } from '../secrets.js'
import { toBase32 } from './base32.js'

const count = 10
const codeLength = 15
const format = /^[A-Z2-7]{24}$/

/** Ten new recovery codes of 120 bits each, in base32. They are told once. */
export function createRecoveryCodes(): string[] {
  return Array.from({ length: count }, () => toBase32(randomBytes(codeLength)))
}

/** Whether a code has the form of a recovery code, which nobody can guess. */
export function isRecoveryCode(code: string): boolean {
  return format.test(code)
}

/** The SHA-256 of a recovery code, in hex, which is kept of it. A code of 120 random bits needs no slower hash. */
export function recoveryDigest(code: string): string {
  return createHash('sha256').update(code).digest('hex')
}

/** The digests without that of this code; undefined if it is none of them. */
export function withoutCode(digests: readonly string[], code: string): readonly string[] | undefined {
  const digest = recoveryDigest(code)
  const left = digests.filter((other) => !isSameSecret(digest, other))
  return left.length === digests.length ? undefined : left
}
