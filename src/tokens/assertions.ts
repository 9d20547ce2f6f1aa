import { type Clock, toSeconds } from '../clock.js'
import { copyText } from '../copy-text.js'
import { createId } from '../ids.js'
import type { KeyRing } from '../keys/key-ring.js'
import type { AssertionClaims } from './claims.js'
import { signerOf } from './token-signer.js'
import type { TokenOwner } from './tokens.js'

/** The account that an assertion is about. */
export interface AssertionSubject
  extends Pick<TokenOwner, 'uid' | 'name' | 'email' | 'groups' | 'expiresAt'> {
  emailVerified?: boolean
}

/** A visitor of a site. */
export interface Visit {
  account: AssertionSubject
  /** The id of the session, or of the token, by which the visitor is signed in. */
  session: string
  /** The origin of the site (RFC 6454 §6.2). */
  origin: string
  /** When the password was given, in seconds since the epoch, and how the user was authenticated (RFC 8176), if it is known. */
  authTime?: number | undefined
  amr?: readonly string[] | undefined
}

/** The dependencies of assertions. */
export interface AssertionOptions {
  keys: Pick<KeyRing, 'assertionSigning'>
  clock: Clock
  issuer?: string | undefined
  /** Whether they are marked as a fixture's. */
  isFixture?: boolean
}

/** Makes the assertions for the applications behind a proxy. Nothing here takes one for a credential. */
export interface Assertions {
  /**
   * A signed assertion that is good for this site and 60 seconds. The same one is given for 30 seconds, as long as neither account nor
   * key change. Undefined with an HS algorithm. Costs a signature of Ed25519, some 50 µs, once in that time.
   */
  issue(visit: Visit): string | undefined
}

// In seconds.
const lifetime = 60
const keptFor = 30

// Some 2 KiB each.
const maxKept = 4096

interface KeptAssertion {
  /** The account that it was made of: a change makes another record of it. */
  account: AssertionSubject
  /** When and how its user was authenticated. */
  authentication: string
  /** All that it says but its times and its id. */
  statement: string
  kid: string
  madeAt: number
  assertion: string
}

/** See `Assertions`. */
export function createAssertions({ keys, clock, issuer, isFixture = false }: AssertionOptions): Assertions {
  const kept = new Map<string, KeptAssertion>()

  function claimsOf({ account, origin, authTime, amr }: Visit) {
    const { uid, name, email, emailVerified, groups = [] } = account
    return {
      token_type: 'assertion',
      user: name,
      sub: uid,
      groups: [...groups],
      ...(email !== undefined && emailVerified === true && { email }),
      aud: origin,
      ...(issuer !== undefined && { iss: issuer }),
      ...(authTime !== undefined && { auth_time: authTime }),
      ...(amr !== undefined && { amr: [...amr] }),
      ...(isFixture && { fixture: true })
    } satisfies Partial<AssertionClaims>
  }

  function keep(place: string, assertion: KeptAssertion): void {
    // Anew at the end: the oldest one makes room.
    kept.delete(place)
    const [oldest] = kept.keys()
    if (kept.size >= maxKept) kept.delete(oldest as string)
    kept.set(copyText(place), assertion)
  }

  return {
    issue(visit) {
      const key = keys.assertionSigning
      if (key === undefined) return undefined
      const now = toSeconds(clock())
      const { account, authTime, amr } = visit
      const end = account.expiresAt ?? Number.POSITIVE_INFINITY
      const place = `${visit.session} ${visit.origin}`
      const last = kept.get(place)
      // A clock that was set back must not keep one for longer.
      const isYoung = last !== undefined && last.madeAt <= now && now < last.madeAt + keptFor
      const isCurrent = isYoung && last.kid === key.kid
      const authentication = `${authTime} ${amr}`
      // Most of the time, and it saves the text of all that it says.
      if (isCurrent && last.account === account && last.authentication === authentication)
        return last.assertion
      const claims = claimsOf(visit)
      const statement = JSON.stringify([claims, end])
      if (isCurrent && last.statement === statement) return last.assertion
      const times = { iat: now, nbf: now, exp: Math.min(now + lifetime, end) }
      const assertion = signerOf(key)({ ...claims, ...times, jti: createId() })
      keep(place, { account, authentication, statement, kid: key.kid, madeAt: now, assertion })
      return assertion
    }
  }
}
