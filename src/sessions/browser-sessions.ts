import { createHash, randomBytes } from 'node:crypto'
import type { TokenOwners } from '../accounts/token-owner.js'
import { toSeconds } from '../clock.js'
import { isTokenRefusal, Refusal } from '../errors/refusals.js'
import { createId } from '../ids.js'
import type { Requester } from '../requester.js'
import { isSameSecret } from '../secrets.js'
import type { CompleteSignIn } from '../sign-in/sign-in.js'
import type { Freshness, Session, User } from '../store/store.js'
import { maxClockSkew } from '../tokens/claim-validation.js'
import { type AccessClaims, acrOf, byPasswordAlone } from '../tokens/claims.js'
import { createRecentSessions } from './recent-sessions.js'
import type { ListedSession, SessionList } from './session-list.js'
import { createSessionStart, type SessionStartDependencies } from './session-start.js'

/** The dependencies of browsers' sessions. */
export interface BrowserSessionsDependencies extends SessionStartDependencies {
  tokenOwners: Pick<TokenOwners, 'judgeSession'>
  sessionList: SessionList
  /** How long a session lasts at most, in seconds. */
  ttl: number
}

/** A browser's session as it is presented: the cookie's value has been verified, the account is active. */
export interface BrowserSession {
  readonly session: Session
  readonly user: User
  /** The claims of an access token that is issued to nobody: what `Accounts` and `SecondFactors` take as the presenter. */
  readonly presented: AccessClaims
  /** The age of the records that it was judged by; see `TokenState`. */
  readonly freshness: Freshness | undefined
}

/** When and how the user of a session was authenticated; without `amr` by the password alone. */
export type Authentication = Pick<CompleteSignIn, 'authTime' | 'amr'>

/**
 * The sessions of browsers, each found by a cookie of 256 random bits, whose value the store does not have. It ends at last after
 * its lifetime, and before that when it has rested for too long.
 */
export interface BrowserSessions {
  /**
   * Begins the session of a complete sign-in; the former session of the same browser ends. Returns the value of the cookie, in
   * base64url, once.
   *
   * @param former the value of the cookie that the browser has sent, if it has sent one.
   * @throws `TooManySessionsError`, `StoreUnavailableError`.
   */
  begin(signIn: CompleteSignIn, requester: Requester, former?: string): Promise<string>
  /**
   * The session of a cookie's value, and notes its use, at most once a minute. Undefined for none, an ended, expired or idle one, one
   * without the second factor that the account must have, and one of a barred account.
   *
   * @throws `StoreUnavailableError`.
   */
  find(value: string): Promise<BrowserSession | undefined>
  /**
   * The same by the id of the session, for a credential that was derived from it and has proved itself. It costs one read a minute; that
   * the session has ended is seen as soon as for its tokens. @throws as `find`.
   */
  findById(id: string): Promise<BrowserSession | undefined>
  /**
   * Puts a new session with a new value in the place of one: after a change of its own user that has ended it with its generation, and
   * after a step-up. It is of the generation of this account, and authenticated as the former one unless told otherwise.
   *
   * @throws `StoreUnavailableError`.
   */
  replace(
    former: BrowserSession,
    user: User,
    requester: Requester,
    authentication?: Authentication
  ): Promise<string>
  /** Ends a session: its user signs out. @throws `StoreUnavailableError`. */
  end(session: BrowserSession, requester: Requester): Promise<void>
  /** The living sessions of its user, of both kinds, the oldest first. @throws `StoreUnavailableError`. */
  list(session: BrowserSession): Promise<ListedSession[]>
  /**
   * Ends a session of its user, of either kind, and the access tokens that bear its id.
   *
   * @throws `SessionDoesNotExistError` for one that is none of the user's, `StoreUnavailableError`.
   */
  endOther(session: BrowserSession, id: string, requester: Requester): Promise<void>
}

const valueLength = 32
const valuePattern = /^[\w-]{43}$/
const idLength = 32

// In seconds.
const minute = 60
const day = 86_400

// Some 500 bytes each.
const maxRecent = 10_000

/** See `BrowserSessions`. */
export function createBrowserSessions(dependencies: BrowserSessionsDependencies): BrowserSessions {
  const { store, tokenOwners, sessionList, audit, clock, ttl } = dependencies
  const { admit, begin } = createSessionStart(dependencies)
  const recent = createRecentSessions(maxRecent)
  const now = () => toSeconds(clock())

  async function beginWith(
    user: User,
    requester: Requester,
    { authTime, amr }: Partial<Authentication>
  ): Promise<string> {
    const value = randomBytes(valueLength).toString('base64url')
    const origin = {
      ...identityOf(value),
      ...(authTime !== undefined && { authTime }),
      ...(amr !== undefined && { amr })
    }
    await begin(user, requester, origin, ttl)
    return value
  }

  /** The session of a value, whether or not it lives. */
  async function findRecord(value: string): Promise<Session | undefined> {
    if (!valuePattern.test(value)) return undefined
    const { id, digest } = identityOf(value)
    const session = await store.findSession(id)
    if (session?.kind !== 'browser' || session.digest === undefined) return undefined
    return isSameSecret(digest, session.digest) ? session : undefined
  }

  async function judge(session: Session) {
    try {
      return await tokenOwners.judgeSession(session)
    } catch (error) {
      if (isTokenRefusal(error)) return undefined
      throw error
    }
  }

  function presentedBy(session: Session, { name, groups }: User): AccessClaims {
    const { id, uid, gen, authTime = 0, amr = byPasswordAlone } = session
    // Another instance, whose clock is a little ahead, may have taken the password.
    const iat = authTime - now() <= maxClockSkew ? Math.max(now(), authTime) : now()
    return {
      token_type: 'access_token',
      authentication_method: 'password',
      user: name,
      uid,
      sub: uid,
      // A change that keeps the presented token must not keep this session: none has this id.
      jti: createId(),
      iat,
      nbf: iat,
      exp: sessionList.endOf(session),
      gen,
      sid: id,
      amr: [...amr],
      acr: acrOf(amr),
      ...(session.authTime !== undefined && { auth_time: authTime }),
      ...(groups !== undefined && { groups: [...groups] })
    }
  }

  /** Keeps the day of the last use at once, so that a crash does not make a session look idle, and the minute of it with other changes. */
  async function noteUse(session: Session): Promise<Session> {
    const { lastUsedAt, issuedAt } = session
    const dayOf = (time: number) => Math.floor(time / day)
    if (dayOf(lastUsedAt ?? issuedAt) !== dayOf(now())) {
      // Another request that notes the same is no reason to fail, nor is a full disk.
      await store.replaceSession(session, { ...session, lastUsedAt: now() }).catch(() => {})
    } else if ((lastUsedAt ?? 0) + minute <= now()) {
      store.touchSession(session.id, now())
    } else {
      return session
    }
    return { ...session, lastUsedAt: now() }
  }

  /** The session with its account, if it lives, whose use is noted. */
  async function use(session: Session | undefined): Promise<BrowserSession | undefined> {
    if (session === undefined) return undefined
    const judged = await judge(session)
    if (!judged?.isActive || !sessionList.isLiving(session, judged.user)) return undefined
    const used = await noteUse(session)
    const { user, freshness } = judged
    return { session: used, user, presented: presentedBy(used, user), freshness }
  }

  return {
    async begin(signIn, requester, former) {
      await admit(signIn.user, requester)
      // Before the new one: at the limit that would else push out the session of another browser.
      const ended = former === undefined ? undefined : await findRecord(former)
      if (ended !== undefined) await store.endSession(ended.id)
      return await beginWith(signIn.user, requester, signIn)
    },

    async find(value) {
      return await use(await findRecord(value))
    },

    async findById(id) {
      const session = recent.find(id, now()) ?? (await store.findSession(id))
      const found = await use(session?.kind === 'browser' ? session : undefined)
      if (found !== undefined) recent.keep(found.session, now())
      return found
    },

    async replace({ session }, user, requester, authentication) {
      await store.endSession(session.id)
      return await beginWith(user, requester, authentication ?? session)
    },

    async end({ session, user }, { address }) {
      await store.endSession(session.id)
      audit.recordAccount('signed_out', user, address)
    },

    list: ({ user }) => sessionList.of(user, 'all'),

    async endOther({ user }, id, { address }) {
      const isKnown = (await sessionList.of(user, 'all')).some((session) => session.id === id)
      if (!isKnown) throw new Refusal('SessionDoesNotExistError')
      await store.endSession(id)
      audit.recordAccount('signed_out', user, address)
    }
  }
}

/** The members of a session that follow from its cookie's value. */
function identityOf(value: string) {
  const digest = createHash('sha256').update(value).digest('hex')
  return { id: digest.slice(0, idLength), kind: 'browser', digest } as const
}
