import type { AccessClaims } from '../tokens/claims.js'

// In seconds.
const maxAge = 600

/** Says that a token is too old for a call, and when it would do. */
export const stalePassword = 'The password must have been given in the last 10 minutes: sign in again.'

/** Whether the password was given no longer ago than 10 minutes, and no later than the token was made; `now` is in seconds. */
export function isFresh({ auth_time: time, iat }: AccessClaims, now: number): boolean {
  return Number.isSafeInteger(time) && Number(time) <= iat && now - Number(time) <= maxAge
}
