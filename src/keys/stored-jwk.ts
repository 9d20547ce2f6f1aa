import type { JsonWebKey } from 'node:crypto'
import type { ScheduledKey } from './key-ring.js'
import { fromPrivateJwk, toPrivateJwk } from './signing-key.js'

/** A private JWK; `nbf` says from when it signs, and `iat` when it was made, in seconds since the epoch. */
export interface StoredJwk extends JsonWebKey {
  nbf?: number
  iat?: number
}

/** The key of a private JWK that was stored. @throws `Error` that says why it is unusable, and quotes nothing of it. */
export function fromStoredJwk(stored: StoredJwk): ScheduledKey {
  const { nbf = 0, iat } = Object(stored) as StoredJwk
  if (!isTime(nbf) || !(iat === undefined || isTime(iat))) throw new Error('its nbf or iat is no time')
  return { key: fromPrivateJwk(stored), signsFrom: nbf, ...(iat !== undefined && { madeAt: iat }) }
}

/** The private JWK (RFC 7517) that stores a key with its times. */
export function toStoredJwk({ key, signsFrom, madeAt }: ScheduledKey): StoredJwk {
  return { ...toPrivateJwk(key), nbf: signsFrom, ...(madeAt !== undefined && { iat: madeAt }) }
}

function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
