import { given, type ImportReader, InvalidFile, isObject, recordOf, textOf, withHash } from './record.js'

/** The users of Authelia's `users_database.yml`. */
export const readAuthelia: ImportReader = async function* ({ text }) {
  const { parse, YAMLParseError } = await import('yaml')
  let document: unknown
  try {
    document = parse(await text(), { maxAliasCount: 0 })
  } catch (error) {
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
        email: textOf(email),
        display_name: textOf(displayname),
        groups,
        state: disabled === true ? 'disabled' : 'active'
      })
      return withHash(account, textOf(password))
    })
  }
}
