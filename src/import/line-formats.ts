import { given, type ImportReader, isObject, recordOf, textOf, timeOf, withHash } from './record.js'

/** The accounts of another Postern, as `user export` prints them. */
export const readPostern: ImportReader = (source) =>
  jsonLines(source.lines(), (entry) => ({ account: { ...entry } }))

/** The users of Apache and nginx: a name, a colon and a hash. */
export const readHtpasswd: ImportReader = async function* ({ lines }) {
  let line = 0
  for await (const text of lines()) {
    line += 1
    const [, user, hash] = /^([^:]+):([^:\s]+)\s*(?::.*)?$/.exec(text) ?? []
    if (/^\s*(?:#|$)/.test(text)) continue
    if (user === undefined) yield { line, account: {}, fault: 'it must be a name, a colon and a hash' }
    else yield { line, ...withHash({ user }, hash) }
  }
}

/** The users that Auth0 exports with their hashes, a JSON object a line. */
export const readAuth0: ImportReader = (source) =>
  jsonLines(source.lines(), (entry) => {
    const { passwordHash, password_set_date: setDate } = entry
    const { email, isVerified } = auth0Email(entry)
    const account = given({
      user: textOf(entry.username) ?? textOf(auth0Identifier(entry, 'username')?.value) ?? email,
      email,
      email_verified: email === undefined ? undefined : isVerified,
      display_name: textOf(entry.name),
      external_id: auth0Id(entry),
      state: entry.blocked === true ? 'disabled' : undefined,
      password_changed_at: timeOf(isObject(setDate) ? setDate.$date : setDate)
    })
    return withHash(account, textOf(passwordHash))
  })

/** Some entries have the address among their identifiers alone. */
function auth0Email(entry: Record<string, unknown>) {
  const email = textOf(entry.email)
  if (email !== undefined) return { email, isVerified: entry.email_verified === true }
  const identifier = auth0Identifier(entry, 'email')
  return { email: textOf(identifier?.value), isVerified: identifier?.verified === true }
}

function auth0Identifier({ identifiers }: Record<string, unknown>, type: string) {
  const list = Array.isArray(identifiers) ? identifiers.filter(isObject) : []
  return list.find((identifier) => identifier.type === type)
}

/** An id that its maker has chosen stands in the place of the database's. */
function auth0Id({ user_id, alt_id, _id }: Record<string, unknown>): string | undefined {
  const id = textOf(alt_id) ?? (isObject(_id) ? textOf(_id.$oid) : textOf(_id))
  return textOf(user_id) ?? (id && `auth0|${id}`)
}

async function* jsonLines(lines: AsyncIterable<string>, read: Parameters<typeof recordOf>[2]) {
  let line = 0
  for await (const text of lines) {
    line += 1
    if (text.trim() !== '') yield recordOf(parseLine(text), line, read)
  }
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
