import { createHash, randomBytes } from 'node:crypto'
import type { TokenOwners } from '../accounts/token-owner.js'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { createId } from '../ids.js'
import type { Requester } from '../requester.js'
import type { CompleteSignIn } from '../sign-in/sign-in.js'
import type { Session, Store, User } from '../store/store.js'
import { type AccessClaims, oneFactor, twoFactors } from '../tokens/claims.js'

/** A browser's session whose cookie was verified, and whose account is active. */
export interface BrowserSession {
  readonly session: Session
  readonly user: User
  /** The claims of an access token that is issued to nobody: the presenter of what the pages do. */
  readonly presented: AccessClaims
}

/** The sessions of browsers, each by the value of its cookie, 256 random bits. */
export interface BrowserSessions {
  /** Begins the session of a complete sign-in, and ends the former one of this browser. Returns the value of its cookie, once. */
  begin(signIn: CompleteSignIn, requester: Requester, former?: BrowserSession): Promise<string>
  /** The session of this value; undefined for one that has ended or expired, and for a barred account. */
  find(value: string): Promise<BrowserSession | undefined>
  end(session: BrowserSession, requester: Requester): Promise<void>
}

/** See `BrowserSessions`. */
export function createBrowserSessions(dependencies: {
  store: Store
  tokenOwners: TokenOwners
  audit: Audit
  clock: Clock
}): BrowserSessions {
  const { store, tokenOwners, audit, clock } = dependencies
  const now = () => toSeconds(clock())
  const idOf = (value: string) => createHash('sha256').update(value).digest('hex').slice(0, 32)

  return {
    async begin({ user, authTime, amr }, { address, userAgent }, former) {
      const value = randomBytes(32).toString('base64url')
      const session: Session = {
        id: idOf(value),
        uid: user.uid,
        gen: user.gen,
        issuedAt: now(),
        exp: now() + 7_776_000,
        authTime,
        address,
        ...(amr !== undefined && { amr }),
        ...(userAgent !== undefined && { userAgent })
      }
      await store.createSession(session, { perUser: 100, total: 100_000 })
      if (former !== undefined) await store.endSession(former.session.id)
      return value
    },

    async find(value) {
      const session = await store.findSession(idOf(value))
      if (session === undefined) return undefined
      const { id, uid, gen, exp, issuedAt, authTime = issuedAt, amr } = session
      const presented: AccessClaims = {
        token_type: 'access_token',
        authentication_method: 'password',
        user: '',
        uid,
        sub: uid,
        gen,
        sid: id,
        jti: createId(),
        iat: issuedAt,
        nbf: issuedAt,
        exp,
        auth_time: authTime,
        amr: [...(amr ?? ['pwd'])],
        acr: amr === undefined ? oneFactor : twoFactors
      }
      const user = await tokenOwners.requirePasswordPresenter(presented).catch(() => undefined)
      return user && { session, user, presented }
    },

    async end({ session, user }, { address }) {
      await store.endSession(session.id)
      audit.recordAccount('sessions_ended', user, address)
    }
  }
}
