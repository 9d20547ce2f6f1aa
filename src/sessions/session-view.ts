import type { ListedKinds, ListedSession } from './session-list.js'

// To the second, and with the id of each token, the list would tell a thief of an access token when a refresh token rotates.
const hour = 3600

/** The answer of the lists of sessions, without their tokens; times are in seconds. Where all are listed each says its kind. */
export function describeSessions(sessions: readonly ListedSession[], kinds: ListedKinds) {
  return {
    refresh_tokens: sessions.map((session) => ({
      ...describeSession(session),
      ...(kinds === 'all' && { kind: session.kind ?? 'refresh_token' })
    }))
  }
}

function describeSession(session: ListedSession) {
  const { id, kind, family, issuedAt, lastUsedAt, endsAt, address, userAgent } = session
  const movesWithUse = family !== undefined || kind === 'browser'
  return {
    jti: id,
    rotates: family !== undefined,
    issued_at: issuedAt,
    last_used_at: lastUsedAt === undefined ? null : lastUsedAt - (lastUsedAt % hour),
    expires_at: movesWithUse ? endsAt - (endsAt % hour) : endsAt,
    address,
    user_agent: userAgent ?? null
  }
}
