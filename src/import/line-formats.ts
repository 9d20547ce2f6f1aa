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
    const { _id, email_verified, passwordHash, password_set_date: setDate } = entry
    const id = isObject(_id) ? textOf(_id.$oid) : textOf(_id)
    const email = textOf(entry.email)
    const account = given({
      user: textOf(entry.username) ?? email,
      email,
      email_verified: email === undefined ? undefined : email_verified === true,
      display_name: textOf(entry.name),
      external_id: textOf(entry.user_id) ?? (id && `auth0|${id}`),
      state: entry.blocked === true ? 'disabled' : undefined,
      password_changed_at: timeOf(isObject(setDate) ? setDate.$date : setDate)
    })
    return withHash(account, textOf(passwordHash))
  })

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
