import { admin } from './admin.js'
import { fixture } from './fixture.js'
import { keys } from './keys.js'
import { oauth } from './oauth.js'
import type { Operation, TaggedOperation } from './operation.js'
import { secondFactors } from './second-factors.js'
import { service } from './service.js'
import { tokens } from './tokens.js'
import { users } from './users.js'

/** The groups of calls. */
export const tags = {
  users: 'Users: sign-up, password, deletion.',
  'second factors': 'The second factor of an account: TOTP (RFC 6238) and recovery codes.',
  tokens: 'Access tokens and refresh tokens.',
  keys: 'The keys that tokens are verified with.',
  oauth: 'OAuth 2.0: what standard clients and libraries speak.',
  admin:
    'What the operator does with accounts, invitations and keys. On the port of the other calls these are there with `POSTERN_ADMIN=http` only.',
  service: 'The service itself.',
  fixture:
    'What tests control a service with. It is there where the service runs as a fixture, and nowhere else.'
}

const byTag: Record<keyof typeof tags, Record<string, Operation>> = {
  users,
  'second factors': secondFactors,
  tokens,
  keys,
  oauth,
  admin,
  service,
  fixture
}

/** All calls by method and path, with their group. */
export const operations: Record<string, TaggedOperation> = Object.fromEntries(
  Object.entries(byTag).flatMap(([tag, calls]) =>
    Object.entries(calls).map(([call, operation]) => [call, { ...operation, tag }])
  )
)
