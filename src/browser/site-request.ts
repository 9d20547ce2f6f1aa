import { createHash, randomBytes } from 'node:crypto'
import { isSameSecret } from '../secrets.js'
import type { Signatures } from './signatures.js'
import { readSigned, writeSigned } from './signed-values.js'

/** That a proxy has asked for a site on behalf of a browser, as the URL of the sign-in carries it. */
export interface SiteRequest {
  readonly origin: string
  /** SHA-256 of the secret that the browser got on the host of the site, in base64url. */
  readonly challenge: string
  /** In seconds since the epoch. */
  readonly madeAt: number
}

/** A sign-in for a site: the secret is for a cookie on its host. */
export interface BegunRequest {
  readonly secret: string
  /** For the URL of the sign-in. */
  readonly text: string
}

/** How long a sign-in may take that a site began, in seconds. */
export const requestLifetime = 7200

// In seconds, from the answer of the proxy to the page of the sign-in. With longer ones people could be sent to a site by a link.
const addressLifetime = 60

const purpose = 'site request'

/**
 * Begins a sign-in for a site, at this time in seconds.
 *
 * @param kept the secret that the browser has there already: a page has many parts, and each of them begins one.
 */
export function beginSiteRequest(
  signatures: Signatures,
  origin: string,
  now: number,
  kept?: string
): BegunRequest {
  const secret = kept !== undefined && /^[\w-]{43}$/.test(kept) ? kept : randomBytes(32).toString('base64url')
  const request: SiteRequest = { origin, challenge: challengeOf(secret), madeAt: now }
  return { secret, text: writeSigned(signatures, purpose, request) }
}

/**
 * The request of such a text; undefined for one that was not signed here, or is too old at this time, in seconds.
 *
 * @param kept the one that this browser has brought before: the page of the sign-in may be opened once more.
 */
export function readSiteRequest(
  signatures: Signatures,
  text: string,
  now: number,
  kept?: SiteRequest
): SiteRequest | undefined {
  const request = readSigned<SiteRequest>(signatures, purpose, text)
  if (request === undefined) return undefined
  return now - request.madeAt <= addressLifetime || request.challenge === kept?.challenge
    ? request
    : undefined
}

/** Whether this secret is that of the browser which began. Takes constant time. */
export function isBegunBy(challenge: string, secret: string): boolean {
  return isSameSecret(challengeOf(secret), challenge)
}

function challengeOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
