import { Introspection, Revocation, ServerMetadata } from '../reply-schemas.js'
import { accessToken, json, pass, payload, refreshToken, user } from './examples.js'
import type { Operation } from './operation.js'

const metadata: Operation = {
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

/** The calls of OAuth 2.0. */
export const oauth: Record<string, Operation> = {
  'POST /oauth/token': {
    isOAuth: true,
    summary: 'Get tokens (RFC 6749 §4.3, §6)',
    description: 'With `username` and `password`, or with `refresh_token`, as `grant_type` says.',
    arguments: {
      'a name and its password': { grant_type: 'password', username: user, password: pass },
      'with a second factor': { grant_type: 'password', username: user, password: pass, otp: '492039' },
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
      'SecondFactorRequiredError',
      'SecondFactorSetupRequiredError',
      'IncorrectSecondFactorError',
      'InvalidTokenError',
      'TokenTypeError',
      'TooManyFailuresError',
      'TooManySessionsError',
      'StoreUnavailableError'
    ]
  },
  'POST /oauth/introspect': {
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
  }
}
