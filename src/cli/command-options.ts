/** The options of the program, each a text or a switch; some may be given more than once. */
export const options = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  fixture: { type: 'boolean' },
  users: { type: 'string' },
  format: { type: 'string' },
  generate: { type: 'boolean' },
  invite: { type: 'boolean' },
  link: { type: 'boolean' },
  url: { type: 'string' },
  json: { type: 'boolean' },
  ndjson: { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  user: { type: 'string' },
  name: { type: 'string' },
  state: { type: 'string' },
  email: { type: 'string' },
  'no-email': { type: 'boolean' },
  'email-verified': { type: 'boolean' },
  'no-email-verified': { type: 'boolean' },
  'display-name': { type: 'string' },
  'no-display-name': { type: 'boolean' },
  group: { type: 'string', multiple: true },
  'no-group': { type: 'string', multiple: true },
  groups: { type: 'string' },
  claim: { type: 'string', multiple: true },
  'no-claim': { type: 'string', multiple: true },
  'expires-at': { type: 'string' },
  'no-expires-at': { type: 'boolean' },
  'no-second-factor': { type: 'boolean' },
  'external-id': { type: 'string' },
  'no-external-id': { type: 'boolean' },
  'expires-in': { type: 'string' },
  'free-name': { type: 'boolean' },
  scope: { type: 'string', multiple: true },
  limit: { type: 'string' },
  from: { type: 'string' },
  'dry-run': { type: 'boolean' },
  'on-conflict': { type: 'string' },
  'hash-config': { type: 'string' },
  'invite-refused': { type: 'boolean' },
  'with-hashes': { type: 'boolean' },
  recipient: { type: 'string', multiple: true },
  identity: { type: 'string' },
  force: { type: 'boolean' },
  check: { type: 'boolean' },
  to: { type: 'string' }
} as const

type Options = typeof options

type ValueOf<Option> = Option extends { type: 'boolean' }
  ? boolean
  : Option extends { multiple: true }
    ? string[]
    : string

/** The options as they were given. */
export type Flags = { -readonly [Name in keyof Options]?: ValueOf<Options[Name]> }
