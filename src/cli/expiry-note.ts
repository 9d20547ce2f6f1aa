import type { Members } from './admin-client.js'
import { timeText } from './output.js'

/** Whether an account is active by its state, and barred by its end. */
export function hasExpired({ state, expires_at }: Members, now = Date.now()): boolean {
  return state === 'active' && typeof expires_at === 'number' && expires_at <= now / 1000
}

/** A line for people about an account that has expired; empty for any other. */
export function expiryNote(account: Members, now = Date.now()): string {
  return hasExpired(account, now)
    ? `The account expired at ${timeText(account.expires_at)} and is barred: user set --no-expires-at lets it in again.\n`
    : ''
}
