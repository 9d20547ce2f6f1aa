import type { TSchema } from 'typebox'
import { incorrectCurrentPassword, type Refusal, type RefusalName } from '../../../src/errors/refusals.js'
import type { Reply } from './operation.js'

/** The user of the examples. */
export const user = 'alice'
/** Its password. */
export const pass = 'wonderland'
/** Its id. */
export const uid = '7d0a963e1edc29320f941a1c7d6dfce6'
/** An access token of it. */
export const accessToken = 'eyJhbGciOiJFUzI1NiJ9.eyJ1c2VyIjoiYWxpY2UifQ.c2lnbmF0dXJl'
/** A refresh token of it. */
export const refreshToken = 'eyJhbGciOiJFUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaF90b2tlbiJ9.c2lnbmF0dXJl'
const signedIn = { authentication_method: 'password', iat: 1795473939, nbf: 1795473939, exp: 1795477539 }
const authentication = { auth_time: 1795473939, amr: ['pwd'], acr: 'urn:postern:1fa' }
const identity = { jti: '724cfd837e5082d9b16970a266f4393b', gen: 0, ...authentication, groups: ['staff'] }
/** The claims of the access token. */
export const payload = { user, uid, sub: uid, token_type: 'access_token', ...signedIn, ...identity }

/** A reply without a body. */
export const empty = (description: string): Reply => ({ description })
/** A reply in JSON; a schema where the route has none. */
export const json = (description: string, example: unknown, schema?: TSchema): Reply => ({
  description,
  type: 'application/json',
  example,
  ...(schema && { schema })
})
/** A reply in text. */
export const text = (description: string, example?: string, type = 'text/plain'): Reply => ({
  description,
  type,
  schema: { type: 'string' },
  ...(example !== undefined && { example })
})

/** The arguments of a call that may ask for the current password. */
export const confirmation = { 'the current password': { current_pass: pass } }
/** The refusals of such a call. */
export const confirmationRefusals: (RefusalName | Refusal)[] = [
  'InvalidArgumentError',
  incorrectCurrentPassword(),
  'TooManyFailuresError'
]

/** The reply to a conditional request for an unchanged resource. */
export const unchanged: Record<304, Reply> = { 304: empty('It is what `If-None-Match` names.') }
