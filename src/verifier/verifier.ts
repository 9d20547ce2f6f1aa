import type { JWTPayload } from 'jose'
import { type AccessClaims, findMalformedClaim, hasMethod } from '../tokens/claims.js'
import {
  type AssertionVerifier,
  type AssertionVerifierOptions,
  createAssertionVerifier
} from './assertion-verifier.js'
import {
  below,
  type Keys,
  keysAt,
  requireCompactForm,
  requireNoFixture,
  verifyByKeys
} from './key-verification.js'
import type { FollowedRevocations } from './revocation-feed.js'
import { createTokenQuestions } from './token-questions.js'
import { refusalOfReply, wrongClaim } from './token-refusals.js'
import { PosternUnreachableError, TokenRefusedError } from './verifier-errors.js'

export type { AccessClaims, AssertionClaims } from '../tokens/claims.js'
export type { AssertionVerifier, AssertionVerifierOptions } from './assertion-verifier.js'
export { PosternUnreachableError, type TokenRefusalReason, TokenRefusedError } from './verifier-errors.js'

/** The options of a verifier of access tokens in another program than Postern. */
export interface VerifierOptions {
  /** The URL of Postern, as this program reaches it. */
  url: string
  /**
   * `offline` (the default) verifies with the published keys and asks about no token: a revocation, a password change or a
   * deletion shows only when the token expires. `check` asks Postern about each token, which sees all of that at once. `feed`
   * verifies as `offline`, and follows the revocations of Postern, which it hears of some milliseconds later.
   */
  mode?: 'offline' | 'check' | 'feed'
  /** With `feed`: the client of `POSTERN_OAUTH_CLIENTS` that reads it. */
  client?: { id: string; secret: string }
  /** With `feed`, in the place of a client: an API key with the scope `revocations`. */
  apiKey?: string
  /** With `feed`: the age in seconds, 1 to 150, at which the last answer of the feed is stale; 5 by default. */
  maxStale?: number
  /**
   * With `feed`, while it is stale: `check` (the default) asks Postern about each token, `refuse` rejects with
   * `PosternUnreachableError`, `allow` goes by the revocations that were told so far.
   */
  whenStale?: 'check' | 'refuse' | 'allow'
  /** The required `iss` and `aud`; without them these are not checked. */
  issuer?: string
  audience?: string
  /** Accepts tokens of a fixture for tests. Never use it in production. */
  fixture?: boolean
  /** The URL of the keys, unless they are below `url`. */
  jwksUrl?: string
}

/** Verifies access tokens of users who have these claims of their own. Postern signs those; nothing checks them here. */
export interface Verifier<Claims extends object = object> {
  /**
   * The claims of a good access token.
   *
   * @throws `TokenRefusedError` for one that is not good; `PosternUnreachableError` when that cannot be told now.
   */
  verify(token: string): Promise<AccessClaims & Claims>
  /** Ends the connection to the feed, if there is one. No token is verified after it. */
  close(): void
}

/**
 * A verifier for the tokens of this Postern, whose users have the claims `Claims` of their own.
 *
 * @throws `TypeError` for a URL that is none, an unknown mode, and a wrong option of the feed.
 */
export function createVerifier<Claims extends object = object>(options: VerifierOptions): Verifier<Claims>
/**
 * A verifier for the assertions of this Postern.
 *
 * @throws `TypeError` for a URL or an audience that is none.
 */
export function createVerifier(options: AssertionVerifierOptions): AssertionVerifier
export function createVerifier(
  options: VerifierOptions | AssertionVerifierOptions
): Verifier | AssertionVerifier {
  return options.mode === 'assertion' ? createAssertionVerifier(options) : createTokenVerifier(options)
}

function createTokenVerifier(options: VerifierOptions): Verifier {
  const { mode = 'offline' } = options
  // Not every caller has types, and a misspelt mode must not be taken for the one that sees no revocation.
  if (!Object.hasOwn(judges, mode)) throw new TypeError('mode is offline, check, feed or assertion')
  const { judge, close = () => {} } = judges[mode](options)
  return {
    async verify(token) {
      // Checked first, also since such a text may not even fit into a header.
      requireCompactForm(token)
      return requireAccessClaims(await judge(token), options)
    },

    close
  }
}

type Judge = (token: string) => Promise<JWTPayload>

interface Mode {
  judge: Judge
  close?: () => void
}

const judges: Record<NonNullable<VerifierOptions['mode']>, (options: VerifierOptions) => Mode> = {
  offline(options) {
    const verify = byKeys(options, keysOf(options))
    return { judge: async (token) => (await verify(token)).payload }
  },
  check: (options) => ({ judge: byAsking(options) }),
  feed: byFeed
}

function byFeed(options: VerifierOptions): Mode {
  const feedOptions = toFeedOptions(options)
  const { url } = feedOptions
  const { whenStale = 'check' } = options
  if (!['check', 'refuse', 'allow'].includes(whenStale))
    throw new TypeError('whenStale is check, refuse or allow')
  const keys = keysOf(options)
  const verify = byKeys(options, keys)
  const check = byAsking(options)
  let isClosed = false
  let following: Promise<FollowedRevocations> | undefined

  // Loaded in this mode alone.
  async function follow(): Promise<FollowedRevocations> {
    const { followRevocations } = await import('./revocation-feed.js')
    // A key may have been retired while nobody told of it.
    return followRevocations({ ...feedOptions, returned: () => keys.published.renew() })
  }

  return {
    async judge(token) {
      const { payload, protectedHeader } = await verify(token)
      if (isClosed) throw new PosternUnreachableError(url, 'The verifier was closed.')
      following ??= follow()
      const revocations = await following
      await revocations.ready()
      if (revocations.includes(payload, protectedHeader.kid)) {
        throw new TokenRefusedError('revoked', 'The token has been revoked.')
      }
      if (!revocations.isStale()) return payload
      if (whenStale === 'check') return await check(token)
      if (whenStale === 'allow' && revocations.isThere()) return payload
      const cause = revocations.failure
      throw new PosternUnreachableError(url, 'The feed of revocations is too old to rely on.', { cause })
    },

    close() {
      isClosed = true
      void following?.then((revocations) => revocations.close())
    }
  }
}

/** @throws `TypeError`. */
function toFeedOptions({ url, client, apiKey, maxStale = 5 }: VerifierOptions) {
  if (!(maxStale >= 1 && maxStale <= 150)) throw new TypeError('maxStale is 1 to 150, in seconds')
  if ((client === undefined) === (apiKey === undefined)) {
    throw new TypeError('the mode feed takes client or apiKey, one of them')
  }
  // From JavaScript, or from a variable of the environment that is not set.
  if (apiKey === '') throw new TypeError('apiKey is empty')
  if (client !== undefined && !(client.id && client.secret)) throw new TypeError('client takes id and secret')
  const authorization = client === undefined ? `Bearer ${apiKey}` : basic(client)
  return { url: below(url, 'revocations'), authorization, maxAge: maxStale * 1000 }
}

// Both are form-encoded (RFC 6749 §2.3.1).
function basic({ id, secret }: { id: string; secret: string }): string {
  const credentials = [id, secret]
    .map((text) => new URLSearchParams([['', text]]).toString().slice(1))
    .join(':')
  return `Basic ${btoa(credentials)}`
}

function keysOf({ url, jwksUrl }: VerifierOptions): Keys {
  return keysAt(url, '.well-known/jwks.json', jwksUrl)
}

// Without HMAC: its keys are not published, and a public key must never be taken for one.
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

function byKeys({ issuer, audience }: VerifierOptions, keys: Keys) {
  const expected = {
    algorithms,
    typ: 'JWT',
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience })
  }
  return (token: string) => verifyByKeys(token, keys, expected)
}

function byAsking({ url, issuer, audience }: VerifierOptions): Judge {
  const address = below(url, 'check')
  const ask = createTokenQuestions(address)
  return async (token) => {
    const { status, text } = await ask(token)
    const body = parseObject(text)
    if (status === 400 && typeof body?.error_name === 'string') {
      throw refusalOfReply(body.error_name, String(body.message))
    }
    if (status !== 200 || body === undefined) {
      throw new PosternUnreachableError(
        address,
        `The answer in the place of Postern's has the status ${status}.`
      )
    }
    if (issuer !== undefined && body.iss !== issuer) throw wrongClaim('iss')
    if (audience !== undefined && body.aud !== audience) throw wrongClaim('aud')
    return body
  }
}

/** The members of a JSON object; undefined for anything else, which Postern does not send. */
function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function requireAccessClaims(payload: JWTPayload, { fixture = false }: VerifierOptions): AccessClaims {
  if (payload.token_type !== 'access_token')
    throw new TokenRefusedError('wrong_type', 'The token is no access token.')
  requireNoFixture(payload, fixture)
  const malformed = hasMethod(payload) ? findMalformedClaim(payload) : 'authentication_method'
  if (malformed !== undefined) throw wrongClaim(malformed)
  return payload as unknown as AccessClaims
}
