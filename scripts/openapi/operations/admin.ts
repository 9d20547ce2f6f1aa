import { empty, json, pass, uid, user } from './examples.js'
import type { Operation } from './operation.js'

const account = {
  uid,
  user,
  state: 'active',
  has_password: true,
  email: 'alice@example.org',
  email_verified: false,
  groups: ['family'],
  claims: {},
  created_at: 1795473939
}
const url = 'https://id.example.org/link/gZ2rV0nq3Yk8m5bX1t7uC4eW6sD9fH0jL2pQ8aR3vTo'
const link = { url, expires_at: 1796078739 }
const id = '0cb3a0a7a5b7e8a7a0dcd6bba8a7ad7f'

const apiKey = { id: '5b1f0c2d3e4f5a6b', name: 'import', scopes: ['users:write'], created_at: 1795473939 }
const signingKey = { kid: 'H6eyyc', algorithm: 'ES256', state: 'signs' }

const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'

const ofAccount = ['UserDoesNotExistError'] as const
const ofChange = ['InvalidArgumentError', ...ofAccount, 'StoreUnavailableError'] as const
const ofMembers = [
  'PasswordPolicyError',
  'UserAlreadyExistsError',
  'EmailTakenError',
  'ExternalIdTakenError'
] as const

/** The operator's calls. */
export const admin: Record<string, Operation> = {
  'GET /admin/users': {
    summary: 'List the accounts',
    description:
      'At most one of `q` (the beginning of the name), `email` (the address), `display_name` (its beginning) and `group`. ' +
      '`state` filters inside a page, which may then be short. `next` is the `cursor` of the next page. `with_hashes` needs the scope ' +
      '`backup` or `all`.',
    replies: { 200: json('A page of accounts.', { users: [account] }) },
    refusals: ['InvalidArgumentError']
  },
  'POST /admin/users': {
    summary: 'Make an account',
    description:
      'With a password, the hash of one, or a link with which its user sets one (`invite`); without any of them nobody can log in yet.',
    arguments: {
      'an account with a password': { user, pass, groups: ['family'] },
      'an account with an invitation': { user, email: 'alice@example.org', invite: true }
    },
    replies: { 201: json('The account; `Location` says where it is.', account) },
    refusals: ['InvalidArgumentError', ...ofMembers, 'StoreUnavailableError']
  },
  'POST /admin/import': {
    summary: 'Import accounts',
    description:
      'The body has an account a line, as `postern user export` prints it, at most 500 lines and 1 MiB. Each is imported as a whole ' +
      'or not at all, and a refused one is in the report. A line whose account is there already is refused, skipped or an update, as ' +
      '`on_conflict` says.',
    text: '{"user":"bill","groups":["family"]}\n{"user":"dinah"}\n',
    replies: {
      200: json('The report, also of a dry run.', {
        made: 2,
        updated: 0,
        skipped: 0,
        refused: [
          { line: 3, user: 'carol', reason: 'email: must be an e-mail address of at most 254 characters.' }
        ]
      })
    },
    refusals: ['InvalidArgumentError', 'StoreUnavailableError']
  },
  'GET /admin/users/:uid': {
    summary: 'Read an account',
    description: 'The reply has an `ETag`, for `If-Match` of a change.',
    replies: { 200: json('The account.', { ...account, sessions: 1, factors: 0 }) },
    refusals: [...ofAccount]
  },
  'GET /admin/users/by-name/:user': {
    summary: 'Read the account of a name',
    replies: { 200: json('The account.', { ...account, sessions: 1, factors: 0 }) },
    refusals: ['InvalidArgumentError', ...ofAccount]
  },
  'PATCH /admin/users/:uid': {
    summary: 'Change an account',
    description:
      'By a JSON merge patch (RFC 7396): null removes a member. A group that is taken away, a rename, a new state, a new ' +
      'password and the removal of the second factor end all tokens at once. With `If-Match` only the account with that `ETag` is changed.',
    arguments: {
      'other groups': { groups: ['family', 'ops'] },
      'no more access': { state: 'disabled' },
      'no second factor': { second_factor: null },
      'one claim more, another one less': { claims: { role: 'editor', level: null } }
    },
    replies: { 200: json('The account as it is now.', account) },
    refusals: [...ofChange, ...ofMembers, 'ManagedByFileError', 'PreconditionFailedError']
  },
  'DELETE /admin/users/:uid': {
    summary: 'Delete an account',
    description:
      'Its record and its name stay. With `purge` the record goes, and the name is reserved for a time; with `free_name` the name ' +
      'is free, also that of an account which was purged before.',
    arguments: { 'without a trace': { purge: true, free_name: true } },
    replies: { 204: empty('The account is deleted.') },
    refusals: [...ofChange]
  },
  'POST /admin/users/:uid/password-link': {
    summary: 'Make a link that sets the password',
    description:
      'It is good once. A second one ends the first, and so does a new password, state or e-mail address.',
    arguments: { 'a link for a day': { expires_in: 86_400 } },
    replies: { 201: json('The link, told only here.', link) },
    refusals: [...ofChange, 'ManagedByFileError']
  },
  'GET /admin/users/:uid/sessions': {
    summary: 'List the sessions of an account',
    description: 'With `kind` `all` the sessions of browsers, too; then each entry has its `kind`.',
    replies: {
      200: json('The sessions, as `GET /refresh_tokens` tells them.', {
        refresh_tokens: [
          {
            jti: id,
            rotates: false,
            issued_at: 1795473950,
            last_used_at: null,
            expires_at: 1798065950,
            address: '192.0.2.7',
            user_agent: null
          }
        ]
      })
    },
    refusals: [...ofAccount]
  },
  'DELETE /admin/users/:uid/sessions': {
    summary: 'End the sessions of an account',
    description: 'An access token that belongs to no session goes on until it expires.',
    replies: { 204: empty('They have ended.') },
    refusals: [...ofAccount, 'StoreUnavailableError']
  },
  'DELETE /admin/users/:uid/sessions/:id': {
    summary: 'End one session',
    description: 'Of either kind.',
    replies: { 204: empty('It has ended, and its access tokens with it.') },
    refusals: [...ofAccount, 'SessionDoesNotExistError', 'StoreUnavailableError']
  },
  'POST /admin/users/:uid/sign-out': {
    summary: 'Sign a user out everywhere',
    replies: { 204: empty('All sessions and all tokens have ended.') },
    refusals: [...ofAccount, 'StoreUnavailableError']
  },
  'GET /admin/invites': {
    summary: 'List the invitations',
    replies: {
      200: json('A page of the invitations that can still be used, without their links.', {
        invites: [{ id, created_at: 1795473939, expires_at: link.expires_at, groups: ['family'] }]
      })
    },
    refusals: ['InvalidArgumentError']
  },
  'POST /admin/invites': {
    summary: 'Invite somebody',
    description:
      'The guest makes an account with this name, address and groups. Without a name he chooses one.',
    arguments: { 'one of the family': { groups: ['family'] } },
    replies: { 201: json('The invitation, with its link, told only here.', { id, ...link }) },
    refusals: ['InvalidArgumentError', 'UserAlreadyExistsError', 'EmailTakenError', 'StoreUnavailableError']
  },
  'DELETE /admin/invites/:id': {
    summary: 'Remove an invitation',
    replies: { 204: empty('Its link is of no use any more.') },
    refusals: ['InvitationDoesNotExistError', 'StoreUnavailableError']
  },
  'GET /admin/api-keys': {
    summary: 'List the API keys',
    replies: { 200: json('A page of the keys, without what proves them.', { api_keys: [apiKey] }) },
    refusals: ['InvalidArgumentError']
  },
  'POST /admin/api-keys': {
    summary: 'Make an API key',
    description: 'It has no scope that its maker lacks.',
    arguments: {
      'a key that makes accounts': { name: 'import', scopes: ['users:write'], expires_in: 86_400 }
    },
    replies: {
      201: json('The key, told only here.', {
        id: apiKey.id,
        name: apiKey.name,
        scopes: apiKey.scopes,
        key: `pak_${apiKey.id}_${'5f'.repeat(32)}`
      })
    },
    refusals: ['InvalidArgumentError', 'StoreUnavailableError']
  },
  'DELETE /admin/api-keys/:id': {
    summary: 'Remove an API key',
    replies: { 204: empty('It is good for nothing any more.') },
    refusals: ['ApiKeyDoesNotExistError', 'StoreUnavailableError']
  },
  'POST /admin/backup': {
    summary: 'Make a backup of everything',
    description:
      'Accounts, sessions, revoked tokens, invitations, API keys and signing keys as of one moment, while the service goes on: a header, ' +
      'a JSON object a line, and a trailer with the SHA-256 of all before it. **It holds the signing keys in the clear** unless ' +
      '`recipient`, a public key of age or several, encrypts it; then it is of the type `application/octet-stream`. Over TCP `recipient` is required, ' +
      'but for TLS and clients on the same machine. An answer without its trailer was cut off.',
    arguments: { 'encrypted to a key of age': { recipient } },
    replies: {
      200: {
        description: 'The backup.',
        type: 'application/x-ndjson',
        schema: { type: 'string' },
        otherTypes: { 'application/octet-stream': { schema: { type: 'string' } } },
        example: '{"format":"postern-backup","version":1,…}\n…\n{"sha256":"…"}\n'
      }
    },
    refusals: ['InvalidArgumentError', 'StoreUnavailableError']
  },
  'POST /admin/users-file/sync': {
    summary: 'Bring the accounts to what the users file says',
    description:
      'What a start and a SIGHUP do. `dry_run` changes nothing, and gives the same answer. A mistake in the file is 400, and nothing is changed.',
    replies: {
      200: json('The differences that there were.', {
        users: [{ user: 'alice', action: 'change', members: ['groups'] }]
      })
    },
    refusals: ['InvalidArgumentError', 'StoreUnavailableError']
  },
  'GET /admin/signing-keys': {
    summary: 'List the signing keys',
    replies: { 200: json('The keys, without their secrets.', { keys: [signingKey] }) }
  },
  'POST /admin/signing-keys': {
    summary: 'Make the next signing key',
    description: 'It signs once it has been published for `POSTERN_KEY_PUBLISH_AHEAD` seconds.',
    replies: { 201: json('The key.', signingKey) },
    refusals: ['SigningKeyRefusedError', 'StoreUnavailableError']
  },
  'DELETE /admin/signing-keys/:kid': {
    summary: 'Retire a signing key',
    description: 'All tokens that it has signed are refused at once.',
    replies: { 204: empty('It verifies nothing any more.') },
    refusals: ['SigningKeyDoesNotExistError', 'SigningKeyRefusedError', 'StoreUnavailableError']
  }
}
