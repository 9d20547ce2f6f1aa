import { createHmac, randomBytes } from 'node:crypto'
import { isSameSecret } from '../secrets.js'
import { fromBase32, toBase32 } from './base32.js'

/** The duration of a time step, in seconds. */
const stepLength = 30

const digits = 6

// RFC 4226 §4: at least 128 bits, best 160.
const secretLength = 20

// A clock may be off, and typing takes time: one step in either direction (RFC 6238 §5.2).
const tolerance = 1

/** A new TOTP secret of 160 bits, in base32. */
export function createTotpSecret(): string {
  return toBase32(randomBytes(secretLength))
}

/** The rule of a TOTP secret, for a message about a text that is none. */
export const totpSecretRule = 'must be base32 of at least 26 characters'

/** Whether a text is a TOTP secret: base32 in capitals, without padding, of at least 128 bits. */
export function isTotpSecret(text: string): boolean {
  return (fromBase32(text)?.length ?? 0) >= 16
}

/** The number of the time step at this time, in seconds (RFC 6238 §4.2). */
export function timeStep(now: number): number {
  return Math.floor(now / stepLength)
}

/** The code of a time step: 6 digits by HMAC-SHA-1 (RFC 4226 §5.3, RFC 6238 §4). */
export function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', fromBase32(secret) ?? '')
    .update(counter)
    .digest()
  const offset = (digest.at(-1) ?? 0) & 15
  const number = digest.readUInt32BE(offset) & 0x7fffffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/**
 * The time step whose code this is, at this time in seconds; undefined if it is none of them, and for a step that is no later than
 * the last one that was used.
 */
export function matchingStep(
  secret: string,
  code: string,
  now: number,
  lastStep: number
): number | undefined {
  let match: number | undefined
  // All of them are tried, so that no time tells which one it was.
  for (let step = timeStep(now) - tolerance; step <= timeStep(now) + tolerance; step += 1) {
    const isRight = step >= 0 && isSameSecret(code, totpCode(secret, step))
    if (isRight && step > lastStep) match = step
  }
  return match
}

// In characters of the name, of which each takes up to 12 in the address: a QR code holds fewer than 3,000.
const maxNameLength = 64

/** The address of a secret for an authenticator app, which a QR code shows. Issuer and the beginning of the name are for people. */
export function totpUri(secret: string, user: string, issuer: string): string {
  const name = [...user].slice(0, maxNameLength).join('')
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(name)}`
  const parameters = `secret=${secret}&issuer=${encodeURIComponent(issuer)}`
  return `otpauth://totp/${label}?${parameters}&algorithm=SHA1&digits=${digits}&period=${stepLength}`
}
