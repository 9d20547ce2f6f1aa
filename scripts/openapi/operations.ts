import type { TSchema } from 'typebox'
import { incorrectCurrentPassword, type Refusal, type RefusalName } from '../../src/errors/refusals.js'
import { version } from '../../src/version.js'
import {
  FixtureClock,
  FixtureRequests,
  FixtureUser,
  FixtureUsers,
  Introspection,
  KeySet,
  Revocation,
  ServerMetadata
} from './reply-schemas.js'

/** What there is in the document besides the calls' own schemas and hooks, from which arguments and authentication come. */
export interface Operation {
  tag: keyof typeof tags
  summary: string
  description?: string
  /** What may be sent, by a few words for it: arguments with their values. */
  arguments?: Record<string, Record<string, unknown>>
  /** The replies of success, by status. */
  replies: Record<number, Reply>
  /** The refusals that are this call's own: those of authentication, and those that any call may meet, are added. */
  refusals?: (RefusalName | Refusal)[]
  /** Whether it belongs to OAuth, which takes nothing but a form and has an error body of its own. */
  isOAuth?: boolean
}

/** A reply of success; without a type it is empty. */
export interface Reply {
  description: string
  type?: string
  /** Where the route itself has none. */
  schema?: TSchema | { type: 'string' }
  example?: unknown
}

/** What the calls are grouped by. */
export const tags = {
  users: 'Users: sign-up, password, deletion.',
  tokens: 'Access tokens and refresh tokens.',
  keys: 'The keys that tokens are verified with.',
  oauth: 'OAuth 2.0: what standard clients and libraries speak.',
  service: 'The service itself.',
  fixture:
    'What tests control a service with. It is there where the service runs as a fixture, and nowhere else.'
}

const user = 'alice'
const pass = 'wonderland'
const uid = '7d0a963e1edc29320f941a1c7d6dfce6'
const accessToken = 'eyJhbGciOiJFUzI1NiJ9.eyJ1c2VyIjoiYWxpY2UifQ.c2lnbmF0dXJl'
const refreshToken = 'eyJhbGciOiJFUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaF90b2tlbiJ9.c2lnbmF0dXJl'
const signedIn = { authentication_method: 'password', iat: 1795473939, nbf: 1795473939, exp: 1795477539 }
const identity = { jti: '724cfd837e5082d9b16970a266f4393b', gen: 0 }
const payload = { user, uid, sub: uid, token_type: 'access_token', ...signedIn, ...identity }

const empty = (description: string): Reply => ({ description })
const json = (description: string, example: unknown, schema?: TSchema): Reply => ({
  description,
  type: 'application/json',
  example,
  ...(schema && { schema })
})
const text = (description: string, example?: string, type = 'text/plain'): Reply => ({
  description,
  type,
  schema: { type: 'string' },
  ...(example !== undefined && { example })
})

const confirmation = { 'the current password': { current_pass: pass } }
const confirmationRefusals: (RefusalName | Refusal)[] = [
  'InvalidArgumentError',
  incorrectCurrentPassword(),
  'TooManyFailuresError'
]

const unchanged: Record<304, Reply> = { 304: empty('It is what `If-None-Match` names.') }

const metadata: Operation = {
  tag: 'oauth',
  summary: 'Where everything is, and what is supported (RFC 8414)',
  replies: {
    200: json(
      'The metadata.',
      {
        issuer: 'https://login.example',
        jwks_uri: 'https://login.example/.well-known/jwks.json',
        token_endpoint: 'https://login.example/oauth/token',
        token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
        grant_types_supported: ['password', 'refresh_token'],
        scopes_supported: ['postern:account'],
        userinfo_endpoint: 'https://login.example/user',
        introspection_endpoint: 'https://login.example/oauth/introspect',
        introspection_endpoint_auth_methods_supported: [
          'client_secret_basic',
          'client_secret_post',
          'Bearer'
        ],
        revocation_endpoint: 'https://login.example/oauth/revoke',
        revocation_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post']
      },
      ServerMetadata
    )
  }
}

const clock = json('How the clock stands, in seconds.', { now: 1795473939.5, frozen: false }, FixtureClock)

/** All calls, by method and path. */
export const operations: Record<string, Operation> = {
  'POST /user': {
    tag: 'users',
    summary: 'Make a user',
    arguments: { 'a new user': { user, pass } },
    replies: { 201: empty('The user was made.') },
    refusals: [
      'InvalidArgumentError',
      'PasswordPolicyError',
      'RegistrationClosedError',
      'UserAlreadyExistsError',
      'TooManySignUpsError',
      'StoreUnavailableError'
    ]
  },
  'GET /user': {
    tag: 'users',
    summary: 'Who am I?',
    description: 'No call is refused for its token: who has none that is good is told that there is nobody.',
    replies: {
      200: json('The payload of the token.', payload),
      204: empty('No valid token was presented, or different ones.')
    }
  },
  'PATCH /user': {
    tag: 'users',
    summary: 'Change the password',
    description:
      'All tokens issued before end, but the one that is presented for it, which does not stand for the password any more.',
    arguments: {
      'a new password': { pass: 'looking-glass' },
      'a new password, and the current one': { pass: 'looking-glass', current_pass: pass }
    },
    replies: { 200: empty('The password was changed.') },
    refusals: ['PasswordPolicyError', ...confirmationRefusals, 'StoreUnavailableError']
  },
  'DELETE /user': {
    tag: 'users',
    summary: 'Delete the user',
    description: 'All its tokens end at once. Nobody else can ever take the name.',
    arguments: confirmation,
    replies: { 204: empty('The user was deleted.') },
    refusals: [...confirmationRefusals, 'StoreUnavailableError']
  },
  'GET /token': {
    tag: 'tokens',
    summary: 'Sign in, or use a refresh token',
    arguments: {
      'a name and its password': { user, pass },
      'a refresh token': { user: refreshToken, pass: '' }
    },
    replies: { 200: text('The access token, and nothing else.', accessToken) },
    refusals: [
      'InvalidArgumentError',
      'InvalidTokenError',
      'TokenTypeError',
      'UserDeactivatedError',
      'IncorrectPasswordError',
      'TooManyFailuresError'
    ]
  },
  'GET /check': {
    tag: 'tokens',
    summary: 'Is this access token good?',
    description: 'The token is what the call is about: one that is not good is 400, not 401.',
    replies: { 200: json('The payload of the token.', payload) }
  },
  'GET /refresh_token': {
    tag: 'tokens',
    summary: 'Get a refresh token',
    description: 'It may be used again and again, in the place of the name at `GET /token`.',
    arguments: confirmation,
    replies: { 200: text('The refresh token, and nothing else.', refreshToken) },
    refusals: [...confirmationRefusals, 'TooManySessionsError', 'StoreUnavailableError']
  },
  'DELETE /refresh_token': {
    tag: 'tokens',
    summary: 'Revoke a refresh token',
    arguments: { 'a refresh token': { refresh_token: refreshToken } },
    replies: { 204: empty('The token is revoked, or was before.') },
    refusals: ['InvalidArgumentError', 'InvalidTokenError', 'TokenTypeError', 'StoreUnavailableError']
  },
  'GET /refresh_tokens': {
    tag: 'tokens',
    summary: 'List the refresh tokens',
    replies: {
      200: json("The caller's refresh tokens, without the tokens themselves; times in seconds.", {
        refresh_tokens: [
          {
            jti: '0cb3a0a7a5b7e8a7a0dcd6bba8a7ad7f',
            rotates: false,
            issued_at: 1795473950,
            last_used_at: null,
            expires_at: 1798065950,
            address: '127.0.0.1',
            user_agent: 'curl/7.88.1'
          }
        ]
      })
    }
  },
  'DELETE /refresh_tokens': {
    tag: 'tokens',
    summary: 'Revoke all refresh tokens',
    description: 'All access tokens end with them, but the one that is presented for it.',
    replies: { 204: empty('All are revoked.') },
    refusals: ['StoreUnavailableError']
  },
  'GET /pubkey': {
    tag: 'keys',
    summary: 'The public key',
    replies: {
      200: text(
        'The key that signs now, as PEM (SPKI).',
        '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE…\n-----END PUBLIC KEY-----\n'
      )
    },
    refusals: ['NoPublicKeyError']
  },
  'GET /.well-known/jwks.json': {
    tag: 'keys',
    summary: 'All public keys',
    description: 'What verifiers should go by: keys rotate.',
    replies: {
      200: {
        ...json(
          'A JWK Set (RFC 7517).',
          {
            keys: [{ kty: 'EC', crv: 'P-256', kid: 'H6eyyc', alg: 'ES256', use: 'sig', x: 'f83O', y: 'x_FE' }]
          },
          KeySet
        ),
        type: 'application/jwk-set+json'
      },
      ...unchanged
    }
  },
  'POST /oauth/token': {
    tag: 'oauth',
    isOAuth: true,
    summary: 'Get tokens (RFC 6749 §4.3, §6)',
    description: 'With `username` and `password`, or with `refresh_token`, as `grant_type` says.',
    arguments: {
      'a name and its password': { grant_type: 'password', username: user, password: pass },
      'a refresh token': { grant_type: 'refresh_token', refresh_token: refreshToken }
    },
    replies: {
      200: json('The tokens. The refresh token that was used for it is retired.', {
        access_token: accessToken,
        token_type: 'Bearer',
        expires_in: 3600,
        refresh_token: refreshToken,
        scope: 'postern:account'
      })
    },
    refusals: [
      'InvalidArgumentError',
      'UnsupportedGrantTypeError',
      'IncorrectPasswordError',
      'UserDeactivatedError',
      'InvalidTokenError',
      'TokenTypeError',
      'TooManyFailuresError',
      'TooManySessionsError',
      'StoreUnavailableError'
    ]
  },
  'POST /oauth/introspect': {
    tag: 'oauth',
    isOAuth: true,
    summary: 'Is this token good? (RFC 7662)',
    arguments: { 'an access token': { token: accessToken } },
    replies: {
      200: json(
        'What there is to say of it.',
        { active: true, username: user, ...payload, token_type: 'Bearer' },
        Introspection
      )
    },
    refusals: ['InvalidArgumentError', 'TooManyFailuresError']
  },
  'POST /oauth/revoke': {
    tag: 'oauth',
    isOAuth: true,
    summary: 'Revoke a token (RFC 7009)',
    arguments: { 'a refresh token': { token: refreshToken } },
    replies: { 200: json('The token is revoked, or never was a good one.', {}, Revocation) },
    refusals: [
      'InvalidArgumentError',
      'InvalidTokenError',
      'TooManyFailuresError',
      'TooManyRevocationsError',
      'StoreUnavailableError'
    ]
  },
  'GET /.well-known/oauth-authorization-server': metadata,
  'GET /.well-known/openid-configuration': {
    ...metadata,
    description:
      'For resource servers that look for the keys here. Postern is no OpenID provider yet: there are no ID tokens and no ' +
      'authorization endpoint.'
  },
  'GET /forward-auth': {
    tag: 'service',
    summary: 'Who is this from? As a proxy asks',
    description:
      'The token may also be `access_token` in the query of the URL in `X-Original-URI` or `X-Forwarded-Uri`. `Remote-User` and ' +
      '`Remote-Uid` say who it is; they are empty for nobody.',
    replies: { 204: empty('A good access token is presented.') }
  },
  'GET /version': {
    tag: 'service',
    summary: 'The version of the service',
    replies: { 200: json('The version.', { version }) }
  },
  'GET /health/live': {
    tag: 'service',
    summary: 'Is the process alive?',
    replies: { 200: json('It is.', { status: 'ok' }) }
  },
  'GET /health/ready': {
    tag: 'service',
    summary: 'Is the service ready?',
    replies: { 200: json('It is.', { status: 'ok' }) },
    refusals: ['NotReadyError']
  },
  'GET /metrics': {
    tag: 'service',
    summary: 'Figures for Prometheus',
    description: 'It is there with `POSTERN_METRICS=true` only.',
    replies: { 200: text('The figures.', 'postern_logins_total{outcome="success"} 1\n') }
  },
  'GET /openapi.json': {
    tag: 'service',
    summary: 'This document',
    replies: { 200: { description: 'An OpenAPI document.', type: 'application/json' }, ...unchanged }
  },
  'GET /docs': {
    tag: 'service',
    summary: 'A page to try the calls',
    replies: { 200: text('The page.', undefined, 'text/html'), ...unchanged }
  },
  'GET /fixture/users': {
    tag: 'fixture',
    summary: 'List the users',
    replies: { 200: json('All users.', { users: [{ user, uid, active: true, claims: {} }] }, FixtureUsers) }
  },
  'PUT /fixture/users/:user': {
    tag: 'fixture',
    summary: 'Make or change a user',
    arguments: { 'a user with claims': { pass, claims: { roles: ['admin'] }, active: true } },
    replies: {
      200: json('The user was changed.', { uid }, FixtureUser),
      201: json('The user was made.', { uid }, FixtureUser)
    },
    refusals: ['InvalidArgumentError', 'PasswordPolicyError']
  },
  'DELETE /fixture/users/:user': {
    tag: 'fixture',
    summary: 'Remove a user as if it had never been',
    replies: { 204: empty('The user was removed.') },
    refusals: ['UserDoesNotExistError']
  },
  'POST /fixture/tokens': {
    tag: 'fixture',
    summary: 'Make a token, good or bad',
    arguments: { 'a token of a user': { user }, 'one that has expired': { user, preset: 'expired' } },
    replies: { 200: text('The token, and nothing else.', accessToken) },
    refusals: ['InvalidArgumentError', 'UserDoesNotExistError']
  },
  'GET /fixture/clock': {
    tag: 'fixture',
    summary: 'Read the clock',
    replies: { 200: clock }
  },
  'PUT /fixture/clock': {
    tag: 'fixture',
    summary: 'Set the clock',
    arguments: {
      'an hour later': { advance: 3600 },
      'a time': { now: '2030-01-01T00:00:00Z', frozen: true }
    },
    replies: { 200: clock },
    refusals: ['InvalidArgumentError']
  },
  'DELETE /fixture/clock': {
    tag: 'fixture',
    summary: 'Have the clock tell the time again',
    replies: { 204: empty('It does.') }
  },
  'POST /fixture/faults': {
    tag: 'fixture',
    summary: 'Have a call fail, or be late',
    description: 'It then answers with the given status and `InjectedFaultError`.',
    arguments: {
      'two failures': { route: 'GET /token', times: 2, status: 503 },
      'a late answer': { route: 'GET /check', delay: 500 }
    },
    replies: { 204: empty('It will.') },
    refusals: ['InvalidArgumentError']
  },
  'DELETE /fixture/faults': {
    tag: 'fixture',
    summary: 'Have no more calls fail',
    replies: { 204: empty('None will.') }
  },
  'GET /fixture/requests': {
    tag: 'fixture',
    summary: 'List the last requests',
    replies: {
      200: json(
        'The requests, the oldest first, without their secrets.',
        { requests: [{ method: 'GET', path: '/token', arguments: { user }, status: 200 }] },
        FixtureRequests
      )
    }
  },
  'DELETE /fixture/requests': {
    tag: 'fixture',
    summary: 'Forget the requests',
    replies: { 204: empty('They are forgotten.') }
  },
  'POST /fixture/snapshots/:name': {
    tag: 'fixture',
    summary: 'Keep users, tokens, keys and clock under a name',
    replies: { 204: empty('They are kept.') }
  },
  'POST /fixture/snapshots/:name/restore': {
    tag: 'fixture',
    summary: 'Go back to a snapshot',
    description: 'It waits for the calls under way, and other calls wait for it.',
    replies: { 204: empty('All is as it was then.') },
    refusals: ['SnapshotDoesNotExistError']
  },
  'POST /fixture/reset': {
    tag: 'fixture',
    summary: 'Go back to the beginning',
    description: 'It waits for the calls under way, and other calls wait for it.',
    replies: { 204: empty('All is as it was at the start.') }
  }
}
