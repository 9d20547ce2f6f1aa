import { given, type ImportReader, InvalidFile, isObject, recordOf, textOf, withHash } from './record.js'

// Authelia reads names such as 007 and groups such as 2024 as texts, takes the booleans of YAML 1.1, and merges `<<`.
const asAuthelia = { schema: 'failsafe', merge: true } as const
const nothing = /^(?:~|null)?$/i
const no = /^(?:false|no|n|off)$/i

/** The users of Authelia's `users_database.yml`. */
export const readAuthelia: ImportReader = async function* ({ text }) {
  const { parse, YAMLParseError } = await import('yaml')
  let document: unknown
  try {
    // Its warnings quote the text, too.
    document = parse(await text(), { ...asAuthelia, logLevel: 'error' })
  } catch (error) {
    if (error instanceof InvalidFile) throw error
    // Its message quotes the text.
    const [place] = error instanceof YAMLParseError ? (error.linePos ?? []) : []
    throw new InvalidFile(`it is not valid YAML${place === undefined ? '' : ` (line ${place.line})`}`)
  }
  const { users } = Object(document) as { users?: unknown }
  if (!isObject(users)) throw new InvalidFile('it has no users')
  for (const [index, [user, entry]] of Object.entries(users).entries()) {
    yield recordOf(entry, index + 1, ({ displayname, email, groups, disabled, password }) => {
      const account = given({
        user,
        email: givenOf(email),
        display_name: givenOf(displayname),
        groups: givenOf(groups),
        // Neither yes nor no lets nobody in.
        state: no.test(String(givenOf(disabled) ?? 'no')) ? 'active' : 'disabled'
      })
      return withHash(account, textOf(givenOf(password)))
    })
  }
}

function givenOf(node: unknown): unknown {
  return typeof node === 'string' && nothing.test(node) ? undefined : node
}
