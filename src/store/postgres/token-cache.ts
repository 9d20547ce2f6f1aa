import type { TokenReference, User } from '../store.js'
import type { StoreEvent } from './events.js'

/**
 * The records that were found good: accounts, sessions that have not ended and tokens that are not revoked. It knows no time: how long its content
 * may be trusted is for the heartbeats to say.
 */
export interface TokenCache {
  /** The account of a token of its generation, if all that makes the token good was found. */
  find(token: TokenReference): User | undefined
  /** A mark to fill the cache by later: what was read before an event is not taken after it. */
  readonly mark: number
  /** Notes that a token was found good at this mark. Nothing, if an event has come since. */
  add(token: TokenReference, user: User, mark: number): void
  /** Forgets what these events have ended or altered. */
  forget(events: readonly StoreEvent[]): void
  clear(): void
}

interface CachedAccount {
  readonly user: User
}

/**
 * A cache of at most so many accounts, sessions and tokens each, some 2 KiB together, which evicts the oldest first; 0 keeps none. An
 * eviction costs a read.
 */
export function createTokenCache(maxEntries: number): TokenCache {
  const accounts = new Map<string, CachedAccount>()
  // With the account that they were found with: when that is forgotten or replaced, they count for nothing.
  const sessions = new Map<string, CachedAccount>()
  const tokens = new Map<string, CachedAccount>()
  let mark = 0

  function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
    map.delete(key)
    if (map.size >= maxEntries) {
      const [oldest] = map.keys()
      map.delete(oldest as string)
    }
    map.set(key, value)
  }

  function forget(event: StoreEvent): void {
    switch (event.kind) {
      case 'session':
        sessions.delete(event.sid)
        break
      case 'token':
        tokens.delete(event.jti)
        break
      case 'key':
      case 'keys':
        // Its tokens are refused by the keys, which are not kept here.
        break
      default:
        accounts.delete(event.uid)
    }
  }

  return {
    find({ uid, gen, jti, sessionId }) {
      const account = accounts.get(uid)
      if (account === undefined || tokens.get(jti) !== account) return undefined
      if (sessionId !== undefined && sessions.get(sessionId) !== account) return undefined
      const { user } = account
      return user.gen === gen || user.keptJti === jti ? user : undefined
    },

    get mark() {
      return mark
    },

    add({ uid, jti, sessionId }, user, at) {
      if (at !== mark || maxEntries === 0) return
      const known = accounts.get(uid)
      const account = known?.user.version === user.version ? (known ?? { user }) : { user }
      if (account !== known) put(accounts, uid, account)
      put(tokens, jti, account)
      if (sessionId !== undefined) put(sessions, sessionId, account)
    },

    forget(events) {
      mark += 1
      for (const event of events) forget(event)
    },

    clear() {
      mark += 1
      for (const map of [accounts, sessions, tokens]) map.clear()
    }
  }
}
