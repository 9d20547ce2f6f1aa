/** An option of a command: the kind of value that it takes, if any, and what it does. */
export interface CommandOption {
  takes?: string
  effect: string
}

/** A command of the program. */
export interface Command {
  /** The word for its operand, in brackets if it may be left out. */
  operand?: string
  effect: string
  /** By their names, without the hyphens. */
  options?: Readonly<Record<string, CommandOption>>
  /** More than fits into a line. */
  details?: string
}

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
  'user add': {
    operand: 'NAME',
    effect: 'make a user, also while registration is closed',
    options: { generate: { effect: 'make a password, and print it alone on standard output' } },
    details:
      'The service must be stopped. On a terminal the command asks for the password; else it is read from standard input.'
  },
  'keys list': { effect: 'show the signing keys and what each does' },
  'keys rotate': { effect: 'make the next key, which signs after POSTERN_KEY_PUBLISH_AHEAD seconds' },
  'keys retire': { operand: 'KID', effect: 'remove a key, whose tokens are refused from then on' },
  'keys export': {
    effect: 'print the public keys as a JWK Set',
    options: { format: { takes: 'jwks|pem', effect: 'the form: a JWK Set, or PEM' } }
  },
  'data accept': {
    effect: 'take users.json and keys.json as they were edited by hand',
    details: 'Checks the files, and writes their checksums. The service must be stopped.'
  },
  health: {
    effect: 'exit with 0 if the service that runs here with the same settings is ready, else with 1'
  },
  help: { operand: '[COMMAND]', effect: 'tell more of a command' }
} as const satisfies Record<string, Command>

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
