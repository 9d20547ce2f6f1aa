/** The members of an access token that decide whether it has ended. */
export interface EndableToken {
  readonly uid?: unknown
  readonly gen?: unknown
  readonly jti?: unknown
  readonly sid?: unknown
}

/** The revocations that the feed has told so far. */
export interface RevokedTokens {
  /** Adds an entry of the feed. Passes over one of a kind that it does not know, which a later release of Postern may send. */
  add(entry: unknown): void
  /** Whether a token of this key has ended. Costs a look at four tables. */
  includes(token: EndableToken, kid: string | undefined): boolean
}

/** The newest revocation of a user: of tokens below a generation, except one, or of all. */
interface UserRevocation {
  genBelow: number
  except: unknown
}

/** None yet. */
export function createRevokedTokens(): RevokedTokens {
  const users = new Map<unknown, UserRevocation>()
  const sessions = new Set<unknown>()
  const tokens = new Set<unknown>()
  const keys = new Set<unknown>()

  return {
    add(entry) {
      const { uid, gen_below, except, ended, sid, jti, kid } = Object(entry) as Record<string, unknown>
      if (ended === true) users.set(uid, { genBelow: Number.POSITIVE_INFINITY, except: undefined })
      else if (typeof gen_below === 'number') users.set(uid, { genBelow: gen_below, except })
      else if (sid !== undefined) sessions.add(sid)
      else if (jti !== undefined) tokens.add(jti)
      else if (kid !== undefined) keys.add(kid)
    },

    includes({ uid, gen, jti, sid }, kid) {
      if (tokens.has(jti) || keys.has(kid)) return true
      const user = users.get(uid)
      // The token that was presented for a password change outlives its session as well.
      if (user?.except !== undefined && user.except === jti) return false
      return (
        (user !== undefined && !(Number(gen) >= user.genBelow)) || (sid !== undefined && sessions.has(sid))
      )
    }
  }
}
