import { createHash, randomBytes } from 'node:crypto'
import { type Clock, toSeconds } from '../clock.js'
import type { BrowserSession } from '../sessions/browser-sessions.js'
import type { SessionRate } from '../sessions/session-rate.js'
import type { PendingSignIns } from '../store/pending-sign-ins.js'
import type { Signatures } from './signatures.js'
import { readSigned, writeSigned } from './signed-values.js'
import { isBegunBy, type SiteRequest } from './site-request.js'

/** A session on its way to the host of a site. */
interface SiteCode {
  /** 256 random bits. */
  readonly secret: string
  readonly sid: string
  readonly origin: string
  readonly challenge: string
  /** The page that the browser came for, a URL of that origin. */
  readonly returnTo: string
}

/** A session that has arrived at the host of its site. */
export interface ArrivedSession {
  /** The id of the session. */
  readonly sid: string
  /** The page that the browser came for, a URL of that host. */
  readonly returnTo: string
}

/** The codes that carry a session from our host to that of a site, each good once, for 30 seconds (RFC 6749 §4.1.2, §10.5). */
export interface SiteCodes {
  /**
   * A code for the browser and the site of this request, and for a page of that site.
   *
   * @throws `TooManySessionsError`, `StoreUnavailableError`.
   */
  issue(session: BrowserSession, request: SiteRequest, returnTo: string): Promise<string>
  /**
   * The session of a code. Undefined for one that is spent or outlived, of another site or another browser. Of two
   * uses at the same time one gets it, on any instance.
   *
   * @param secret of the browser, as of `BegunRequest`.
   */
  redeem(code: string, origin: string, secret: string): Promise<ArrivedSession | undefined>
}

// In seconds.
const lifetime = 30

const purpose = 'site code'

/** See `SiteCodes`. */
export function createSiteCodes(dependencies: {
  pendingSignIns: PendingSignIns
  rate: Pick<SessionRate, 'admitSiteCode'>
  signatures: Signatures
  clock: Clock
}): SiteCodes {
  const { pendingSignIns, rate, signatures, clock } = dependencies
  const now = () => toSeconds(clock())

  return {
    async issue({ session, user }, { origin, challenge }, returnTo) {
      // It costs no argon2id, and beyond a number of records the store forgets the sign-ins of others.
      await rate.admitSiteCode(user.uid)
      const secret = randomBytes(32).toString('base64url')
      const times = { authTime: session.authTime ?? session.issuedAt, expiresAt: now() + lifetime }
      await pendingSignIns.add({ digest: digestOf(secret), uid: user.uid, gen: session.gen, ...times })
      return writeSigned(signatures, purpose, {
        secret,
        sid: session.id,
        origin,
        challenge,
        returnTo
      })
    },

    async redeem(text, origin, secret) {
      const code = readSigned<SiteCode>(signatures, purpose, text)
      if (code === undefined || code.origin !== origin || !isBegunBy(code.challenge, secret)) return undefined
      const { sid, returnTo } = code
      return (await pendingSignIns.remove(digestOf(code.secret))) ? { sid, returnTo } : undefined
    }
  }
}

// Apart from those of sign-ins under way: neither is ever good as the other.
function digestOf(secret: string): string {
  return createHash('sha256').update(`${purpose} ${secret}`).digest('hex')
}
