import { randomBytes } from 'node:crypto'
import type { Signatures } from './signatures.js'
import { readSigned, writeSigned } from './signed-values.js'
import type { SiteRequest } from './site-request.js'

/** A sign-in under way, as its cookie has it. It gives no right to anything. */
export interface SignInCookie {
  /** 256 random bits, to which the forms of the browser are bound. */
  readonly id: string
  /** When it was made, in seconds since the epoch. */
  readonly madeAt: number
  /** Where the browser goes after it; it was judged when it came. */
  readonly returnTo?: string | undefined
  /** That a proxy has sent the browser, for the site of `returnTo`. */
  readonly siteRequest?: SiteRequest | undefined
  /** The secret of a sign-in whose password was right. */
  readonly secret?: string | undefined
}

/** The lifetime of the cookie, in seconds: people leave the form open over lunch. */
export const signInLifetime = 7200

const purpose = 'sign-in'

/** A new sign-in, at this time in seconds. */
export function newSignIn(now: number): SignInCookie {
  return { id: randomBytes(32).toString('base64url'), madeAt: now }
}

/** The value of its cookie. */
export function writeSignIn(signatures: Signatures, signIn: SignInCookie): string {
  return writeSigned(signatures, purpose, signIn)
}

/** The sign-in of a cookie; undefined for one that was not signed here, or is too old at this time, in seconds. */
export function readSignIn(signatures: Signatures, value: string, now: number): SignInCookie | undefined {
  const signIn = readSigned<SignInCookie>(signatures, purpose, value)
  return signIn !== undefined && now - signIn.madeAt < signInLifetime ? signIn : undefined
}
