/** An option of a command: the kind of value that it takes, if any, and what it does. */
export interface CommandOption {
  takes?: string
  effect: string
}

/** A command of the program. */
export interface Command {
  /** A word for each operand, in brackets if it may be left out. */
  operand?: string
  effect: string
  /** By their names, without the hyphens. */
  options?: Readonly<Record<string, CommandOption>>
  /** More than fits into a line. */
  details?: string
}

/** Of every command that speaks to the service. */
export const remote = {
  url: { takes: 'URL', effect: 'ask the service at this URL, with the key in POSTERN_ADMIN_KEY' }
} as const

/** Of a command that prints one record. */
export const one = { ...remote, json: { effect: 'print what the call answers, as a JSON document' } } as const

/** Of a command that prints a list. */
export const many = { ...one, ndjson: { effect: 'print a JSON object a line' } } as const

/** Of a command that asks before it does something. */
export const yes = { yes: { effect: 'do it without a question' } } as const

/** The members of an account. */
export const members = {
  group: { takes: 'GROUP', effect: 'put the user into this group; may be repeated' },
  email: { takes: 'EMAIL', effect: 'the e-mail address' },
  'email-verified': { effect: "the address is known to be the user's" },
  'display-name': { takes: 'NAME', effect: 'the name that people read' },
  claim: { takes: 'KEY=JSON', effect: 'a claim of all tokens of the user; may be repeated' },
  'expires-at': {
    takes: 'TIME',
    effect: 'the account is disabled from then on: ISO 8601, or seconds since 1970'
  },
  'external-id': { takes: 'ID', effect: 'the id in the system that the account comes from' }
} as const

/** Of a command that takes a password. */
export const generate = { effect: 'make a password, and print it alone on standard output' } as const

/** How long a link works, unless the option says otherwise. */
export const lifetime = (fallback: string) =>
  ({
    takes: 'TIME',
    effect: `how long it works: seconds, or 30m, 12h, 7d at most (default ${fallback})`
  }) as const

/** The operand of most commands for users. */
export const named = 'NAME is the name of a user, or uid: and the uid.'

/** The way in which a command gets a password. */
export const asked =
  'On a terminal the command asks for the password twice, without an echo; else it is read from standard input.'
