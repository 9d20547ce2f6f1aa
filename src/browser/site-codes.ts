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

/** A code that has come to the host of its site. */
export interface ArrivedCode {
  /** The id of the session; undefined for a code that is spent or outlived, or of another browser. */
  readonly sid: string | undefined
  /** The page that the browser came for, a URL of that host. */
  readonly returnTo: string
}

/** The codes that carry a session from our host to that of a site, each good once, for 30 seconds (RFC 6749 §4.1.2, §10.5). */
export interface SiteCodes {
  /**
   * A code for the browser and the site of this request, and for a page of that site. A user gets so many in a minute as sessions.
   *
   * @throws `TooManySessionsError`, `StoreUnavailableError`.
   */
  issue(session: BrowserSession, request: SiteRequest, returnTo: string): Promise<string>
  /**
   * Spends a code, also for a browser whose it is not: somebody may have read it. Of two uses at the same time one gets the session, on
   * any instance. Undefined for what is no code of ours for this site.
   *
   * @param secret of the browser, as of `BegunRequest`.
   */
  redeem(code: string, origin: string, secret: string): Promise<ArrivedCode | undefined>
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
      if (code === undefined || code.origin !== origin) return undefined
      const isUnspent = await pendingSignIns.remove(digestOf(code.secret))
      const isGood = isUnspent && isBegunBy(code.challenge, secret)
      return { sid: isGood ? code.sid : undefined, returnTo: code.returnTo }
    }
  }
}

// Apart from those of sign-ins under way, which have a prefix of their own: neither is ever good as the other.
function digestOf(secret: string): string {
  return createHash('sha256').update(`${purpose} ${secret}`).digest('hex')
}
