import { type Command, remote } from './shared-options.js'

/** The commands for everything that is kept, as a whole. */
export const storageCommands = {
  backup: {
    operand: 'FILE',
    effect: 'write everything into a file, while the service runs or is stopped; - is standard output',
    options: {
      recipient: { takes: 'age1…', effect: 'encrypt it to this public key of age; may be repeated' },
      force: { effect: 'replace a file that is there' },
      ...remote
    },
    details: 'Without --recipient the file holds the signing keys in the clear. It has mode 0600.'
  },
  restore: {
    operand: 'FILE',
    effect: 'put a backup into an empty data folder or database; - is standard input',
    options: {
      identity: { takes: 'FILE', effect: 'the secret key of age that opens an encrypted one' }
    },
    details: 'Checks the whole backup before it writes anything. The service must be stopped.'
  },
  migrate: {
    effect: 'bring the schema of the database up to date, as each start does',
    options: { check: { effect: 'change nothing, and print what would be done' } }
  },
  'store copy': {
    effect: 'copy everything into an empty folder or database',
    options: {
      from: { takes: 'PLACE', effect: 'file:FOLDER, or the URL of a database' },
      to: { takes: 'PLACE', effect: 'the same; it must be empty' }
    },
    details:
      'postgres: stands for the database of POSTERN_DATABASE_URL, which keeps its password off the command line.\nThe service of a folder must be stopped; a database may be in use.'
  },
  'data accept': {
    effect: 'take users.json and keys.json as they were edited by hand',
    details: 'Checks the files, and writes their checksums. The service must be stopped.'
  }
} as const satisfies Record<string, Command>
