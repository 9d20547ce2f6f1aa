import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../errors/refusals.js'

/** The headers that identify a user to a proxy. They are empty for nobody, so that they overwrite any that the client sent. */
export type IdentityHeaders = {
  /** The user name; all but visible ASCII, and `%`, is percent-encoded as UTF-8 (RFC 3986 §2.1), here and in the others. */
  'remote-user': string
  'remote-uid': string
  /** Separated by commas. */
  'remote-groups': string
  /** Only a verified address. */
  'remote-email': string
  /** The name by which people know the user. */
  'remote-name': string
  /** A signed statement of all this for the application; empty without a file of sites. */
  'x-postern-assertion': string
}

/** The members of an account that its headers tell. */
export interface Identity {
  readonly uid: string
  readonly name: string
  readonly groups?: readonly string[]
  readonly email?: string
  readonly emailVerified?: boolean
  readonly displayName?: string
}

/** The headers for the user of an account, or for nobody. */
export function identityHeaders(account?: Identity, assertion = ''): IdentityHeaders {
  const { uid = '', name, groups = [], email, emailVerified, displayName } = account ?? {}
  return {
    'remote-user': encode(name),
    'remote-uid': uid,
    'remote-groups': groups.join(','),
    'remote-email': encode(emailVerified ? email : undefined),
    'remote-name': encode(displayName),
    'x-postern-assertion': assertion
  }
}

function encode(text = ''): string {
  return text.replace(/[^\x21-\x24\x26-\x7e]/gu, encodeURIComponent)
}

/**
 * The access tokens in the query of a URL that a proxy asks about; what else is in it is for the page to judge. The key
 * counts in this one spelling, in which a proxy can find it and take it away from the page.
 */
export function forwardedTokens(url: string): string[] {
  const query = /\?([^#]*)/.exec(url)?.[1] ?? ''
  return query
    .split('&')
    .filter((pair) => pair.startsWith('access_token='))
    .flatMap((pair) => new URLSearchParams(pair).getAll('access_token'))
}

/**
 * Leaves to the page what belongs to it: Caddy and Traefik hand on the headers of the request to it, and Caddy its query. Its body is not
 * there.
 */
export function leaveToThePage(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  request.query = { text: '' }
  for (const name of ['content-type', 'content-encoding', 'content-length', 'transfer-encoding']) {
    delete request.headers[name]
  }
  done()
}

/** Leaves a 401 as it is and turns any other refusal into a 403: nginx makes a 500 of all other statuses. */
export function toForwardAuthRefusal(refusal: Refusal): Refusal {
  const { name, message, statusCode } = refusal
  return statusCode === 401 ? refusal : new Refusal(name, { message, statusCode: 403 })
}
