import { RevocationPage } from '../reply-schemas.js'
import {
  accessToken,
  confirmation,
  confirmationRefusals,
  empty,
  json,
  pass,
  payload,
  refreshToken,
  text,
  uid,
  user
} from './examples.js'
import type { Operation } from './operation.js'

const signIn: Operation = {
  summary: 'Sign in, or use a refresh token',
  arguments: {
    'a name and its password': { user, pass },
    'with a second factor': { user, pass, otp: '492039' },
    'a refresh token': { user: refreshToken, pass: '' }
  },
  replies: { 200: text('The access token, and nothing else.', accessToken) },
  refusals: [
    'InvalidArgumentError',
    'InvalidTokenError',
    'TokenTypeError',
    'UserDeactivatedError',
    'SecondFactorRequiredError',
    'SecondFactorSetupRequiredError',
    'IncorrectSecondFactorError',
    'IncorrectPasswordError',
    'TooManyFailuresError',
    'StoreUnavailableError'
  ]
}

const check: Operation = {
  summary: 'Is this access token good?',
  description: 'The token is what the call is about: one that is not good is 400, not 401.',
  replies: { 200: json('The payload of the token.', payload) }
}

/** The calls of access tokens and refresh tokens. */
export const tokens: Record<string, Operation> = {
  'GET /token': signIn,
  'POST /token': signIn,
  'GET /check': check,
  'POST /check': check,
  'GET /refresh_token': {
    summary: 'Get a refresh token',
    description: 'It may be used again and again, in the place of the name at `GET /token`.',
    arguments: confirmation,
    replies: { 200: text('The refresh token, and nothing else.', refreshToken) },
    refusals: [...confirmationRefusals, 'TooManySessionsError', 'StoreUnavailableError']
  },
  'DELETE /refresh_token': {
    summary: 'Revoke a refresh token',
    arguments: { 'a refresh token': { refresh_token: refreshToken } },
    replies: { 204: empty('The token is revoked, or was before.') },
    refusals: ['InvalidArgumentError', 'InvalidTokenError', 'TokenTypeError', 'StoreUnavailableError']
  },
  'GET /refresh_tokens': {
    summary: 'List the refresh tokens',
    description: 'With `kind` `all` the sessions of browsers, too; then each entry has its `kind`.',
    arguments: { 'the sessions of browsers, too': { kind: 'all' } },
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
    summary: 'Revoke all refresh tokens',
    description: 'All access tokens end with them, but the one that is presented for it.',
    replies: { 204: empty('All are revoked.') },
    refusals: ['StoreUnavailableError']
  },
  'GET /revocations': {
    summary: 'The revocations, for services that verify offline',
    description:
      'Without `cursor` all that are in force, with it those since. Where there are none, the answer waits for as long as `wait` says. ' +
      'After 410, ask again without `cursor`.',
    arguments: { 'the next ones': { cursor: '0f8fad5bd9cb469fa16570867728950e.1207.0', wait: '25' } },
    replies: {
      200: json(
        'The revocations, in order; a later one of a `uid` replaces the earlier ones.',
        {
          cursor: '0f8fad5bd9cb469fa16570867728950e.1211.0',
          entries: [
            { uid, gen_below: 1795477539, except: payload.jti },
            { uid: '1f0a963e1edc29320f941a1c7d6dfce7', ended: true },
            { sid: '9a4cfd837e5082d9b16970a266f4393c' },
            { jti: 'b24cfd837e5082d9b16970a266f4393d', exp: 1795477539 },
            { kid: 'H6eyyc' }
          ]
        },
        RevocationPage
      )
    },
    refusals: ['InvalidArgumentError', 'CursorGoneError', 'StoreUnavailableError']
  }
}
