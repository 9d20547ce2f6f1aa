import type { Members } from './admin-client.js'
import { timeText } from './output.js'

/** A line for people about an account that is active by its state, and barred by its end; empty for any other. */
export function expiryNote({ state, expires_at }: Members, now = Date.now()): string {
  const hasExpired = state === 'active' && typeof expires_at === 'number' && expires_at <= now / 1000
  return hasExpired
    ? `The account expired at ${timeText(expires_at)} and is barred: user set --no-expires-at lets it in again.\n`
    : ''
}
