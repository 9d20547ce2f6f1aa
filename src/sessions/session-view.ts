import type { Session } from '../store/store.js'

// To the second, and with the id of each token, the list would tell a thief of an access token when a refresh token rotates.
const hour = 3600

/** A session as the lists of refresh tokens tell it, without its token; times are in seconds. */
export function describeSession({ id, family, issuedAt, lastUsedAt, exp, address, userAgent }: Session) {
  return {
    jti: id,
    rotates: family !== undefined,
    issued_at: issuedAt,
    last_used_at: lastUsedAt === undefined ? null : lastUsedAt - (lastUsedAt % hour),
    expires_at: family === undefined ? exp : exp - (exp % hour),
    address,
    user_agent: userAgent ?? null
  }
}
