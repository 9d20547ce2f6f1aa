import {
  asked,
  type Command,
  generate,
  lifetime,
  many,
  members,
  named,
  one,
  remote,
  yes
} from './shared-options.js'
import { storageCommands } from './storage-commands.js'

/** All commands, by the words that call them. */
export const commands = {
  serve: {
    effect: 'serve until SIGTERM or SIGINT',
    options: {
      users: { takes: 'FILE', effect: 'first make the users in this file that there are not yet' },
      fixture: { effect: 'serve as a fixture for tests: nothing is kept, all can be controlled' },
      '': { takes: 'COMMAND', effect: 'run this beside the fixture with POSTERN_URL set, and end with it' }
    },
    details: 'Settings are environment variables; a .env file in the working folder is read too.'
  },
  config: {
    effect: 'show all settings, where each comes from, and what is odd',
    options: { json: { effect: 'print a JSON document' } },
    details:
      'Exits with 2 if the service would not start with them: run it before a restart. It changes nothing.'
  },
  'user list': {
    operand: '[PREFIX]',
    effect: 'show the users, or those whose names begin so',
    options: {
      group: { takes: 'GROUP', effect: 'the members of this group' },
      email: { takes: 'EMAIL', effect: 'the user of this e-mail address' },
      'display-name': { takes: 'PREFIX', effect: 'those whose display names begin so' },
      state: { takes: 'STATE', effect: 'only those who are active, disabled or deleted' },
      limit: { takes: 'NUMBER', effect: 'at most so many' },
      ...many
    }
  },
  'user show': { operand: 'NAME', effect: 'show a user', options: one, details: named },
  'user add': {
    operand: 'NAME',
    effect: 'make a user, also while registration is closed',
    options: {
      generate,
      invite: { effect: 'make no password, and print a link by which the user sets one' },
      ...members,
      ...one
    },
    details: asked
  },
  'user set': {
    operand: 'NAME',
    effect: 'change a user',
    options: {
      name: { takes: 'NAME', effect: 'rename the user; tokens with the old name end' },
      state: { takes: 'STATE', effect: 'active, disabled or deleted' },
      ...members,
      groups: { takes: 'A,B,C', effect: 'these groups and no others; none if it is empty' },
      'no-group': { takes: 'GROUP', effect: 'take the user out of this group; may be repeated' },
      'no-email': { effect: 'no e-mail address' },
      'no-email-verified': { effect: "the address is not known to be the user's" },
      'no-display-name': { effect: 'no display name' },
      'no-claim': { takes: 'KEY', effect: 'without this claim; may be repeated' },
      'no-expires-at': { effect: 'the account does not expire' },
      'no-second-factor': { effect: 'the second factor is removed, and all tokens end' },
      'no-external-id': { effect: 'no id of another system' },
      ...one
    },
    details: named
  },
  'user disable': {
    operand: 'NAME',
    effect: 'bar a user, until it is enabled again',
    options: one,
    details: named
  },
  'user enable': {
    operand: 'NAME',
    effect: 'let a disabled or deleted user in again',
    options: one,
    details: named
  },
  'user delete': {
    operand: 'NAME',
    effect: 'delete a user as the user would; the record stays',
    options: { ...yes, ...remote },
    details: named
  },
  'user purge': {
    operand: 'NAME',
    effect: 'remove all that is kept of a user, for good',
    options: { 'free-name': { effect: 'let others have the name at once' }, ...yes, ...remote },
    details: named
  },
  'user passwd': {
    operand: 'NAME',
    effect: 'give a user a new password, which signs out everywhere',
    options: { generate, link: { effect: 'print a link instead, by which the user sets one' }, ...remote },
    details: `${named}\n${asked}`
  },
  'user link': {
    operand: 'NAME',
    effect: 'print a link by which a user sets a new password, once',
    options: { 'expires-in': lifetime('30m'), ...one },
    details: named
  },
  'user sessions': { operand: 'NAME', effect: "show a user's sessions", options: many, details: named },
  'user end-session': {
    operand: 'NAME ID',
    effect: "end one of a user's sessions",
    options: remote,
    details: named
  },
  'user sign-out': {
    operand: 'NAME',
    effect: 'end all sessions and all tokens of a user',
    options: remote,
    details: named
  },
  'user export': {
    effect: 'print all accounts, a JSON object a line, as user import takes them',
    options: {
      'with-hashes': { effect: 'with the hashes of the passwords; a key needs the scope backup or all' },
      ...remote
    }
  },
  'user import': {
    operand: 'FILE',
    effect: 'make or update the accounts of a file, and report what was refused',
    options: {
      from: { takes: 'FORMAT', effect: 'the format of the file' },
      'dry-run': { effect: 'store nothing, and report the same' },
      'on-conflict': {
        takes: 'skip|update|fail',
        effect: 'what becomes of an account that is there already (default fail)'
      },
      'hash-config': { takes: 'FILE', effect: "the hash parameters of a project of Firebase's" },
      'invite-refused': {
        effect:
          'make those whose hash cannot be taken without a password, and print links by which they set one'
      },
      ...one
    },
    details:
      'Formats: postern, htpasswd, keycloak, firebase, auth0, supabase, authelia.\nWith refusals the exit code is 9.'
  },
  'user sync': {
    effect: 'bring the accounts to what POSTERN_USERS_FILE says, and print what differed',
    options: { 'dry-run': { effect: 'change nothing, and print the same' }, ...many }
  },
  invite: {
    effect: 'print a link with which somebody makes an account',
    options: {
      user: { takes: 'NAME', effect: 'the name of the account; else the guest chooses one' },
      email: members.email,
      group: { takes: 'GROUP', effect: 'the account is in this group; may be repeated' },
      'expires-in': lifetime('7d'),
      ...one
    }
  },
  'invite list': { effect: 'show the invitations that are open', options: many },
  'invite remove': { operand: 'ID', effect: 'end an invitation', options: { ...yes, ...remote } },
  'api-key add': {
    operand: 'NAME',
    effect: "make a key for the operator's calls, and print it alone on standard output",
    options: {
      scope: { takes: 'SCOPE', effect: 'what it is for; may be repeated' },
      'expires-in': {
        takes: 'TIME',
        effect: 'how long it works: seconds, or 30m, 12h, 7d (default for ever)'
      },
      ...one
    },
    details: 'Scopes: users:read, users:write, sessions, revocations, keys, backup, all.'
  },
  'api-key list': { effect: 'show the API keys', options: many },
  'api-key remove': {
    operand: 'KEY',
    effect: 'remove an API key, by its name or its id',
    options: { ...yes, ...remote }
  },
  'keys list': { effect: 'show the signing keys and what each does', options: remote },
  'keys rotate': {
    effect: 'make the next key, which signs after POSTERN_KEY_PUBLISH_AHEAD seconds',
    options: remote
  },
  'keys retire': {
    operand: 'KID',
    effect: 'remove a key, whose tokens are refused from then on',
    options: remote
  },
  'keys export': {
    effect: 'print the public keys as a JWK Set',
    options: { format: { takes: 'jwks|pem', effect: 'the form: a JWK Set, or PEM' }, ...remote }
  },
  ...storageCommands,
  health: {
    effect: 'exit with 0 if the service that runs here with the same settings is ready, else with 1'
  },
  help: { operand: '[COMMAND]', effect: 'tell more of a command' }
} as const satisfies Record<string, Command>

/** The effects of the commands that share their first word. */
export const groups: Readonly<Record<string, string>> = {
  user: 'show, make and change users',
  invite: 'have others make their accounts themselves',
  'api-key': "the keys for the operator's calls",
  keys: 'the keys that sign tokens',
  store: 'move everything between a folder and a database'
}

/** The words that call a command. */
export type CommandName = keyof typeof commands

/** A command by its words. */
export function commandOf(name: CommandName): Command {
  return commands[name]
}

/** The commands that begin with this word, such as all of `keys`. */
export function commandsOf(group: string): CommandName[] {
  const names = Object.keys(commands) as CommandName[]
  return names.filter((name) => name === group || name.startsWith(`${group} `))
}
