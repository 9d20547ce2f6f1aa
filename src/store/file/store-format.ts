import { Compile } from 'typebox/compile'
import { unknownTime } from '../../clock.js'
import { emailKey, type User } from '../store.js'
import { currentFormat } from './format.js'
import type { JsonFormat } from './json-file.js'
import { type StoreDocument, StoredDocument, toUser } from './store-document.js'

/** How `users.json` is written, with one record a line, and what of it is checked at the start. */
export const storeFormat: JsonFormat<StoreDocument> = {
  *stringify({ version, made, seq, time, feed, revocations = [], ...contents }) {
    yield `{\n"version": ${version},\n"made": ${made},\n"seq": ${seq},\n"time": ${JSON.stringify(time)}`
    if (feed !== undefined) yield `,\n"feed": ${JSON.stringify(feed)}`
    for (const [name, records] of Object.entries<Iterable<object | string>>({ ...contents, revocations })) {
      yield `,\n"${name}": [`
      yield* lines(records)
      yield ']'
    }
  },

  check(value) {
    const validator = Compile(StoredDocument)
    if (!validator.Check(value)) {
      const [error] = validator.Errors(value)
      throw new Error(`${error?.instancePath || 'the document'} ${error?.message}`)
    }
    const users = value.users.map(toUser)
    requireUnique(users, 'uid', ({ uid }) => uid)
    requireUnique(users, 'name', ({ name }) => name)
    requireUnique(users, 'email', ({ email }) => email && emailKey(email))
    requireUnique(users, 'externalId', ({ externalId }) => externalId)
    const { version, made = version, seq = 0, time = unknownTime, revokedTokens, sessions = [] } = value
    const { reservedNames = [], purgedUids = [], invitations = [], apiKeys = [], pendingSignIns = [] } = value
    const { feed, revocations } = value
    return {
      version: currentFormat,
      made,
      seq,
      time,
      users,
      revokedTokens,
      sessions,
      reservedNames,
      purgedUids,
      invitations,
      apiKeys,
      pendingSignIns,
      feed,
      revocations
    } as StoreDocument
  }
}

function* lines(records: Iterable<object | string>): Iterable<string> {
  let separator = '\n'
  for (const record of records) {
    yield separator + JSON.stringify(record)
    separator = ',\n'
  }
  if (separator !== '\n') yield '\n'
}

function requireUnique(
  users: readonly User[],
  member: string,
  keyOf: (user: User) => string | undefined
): void {
  const seen = new Map<string, number>()
  for (const [index, user] of users.entries()) {
    const key = keyOf(user)
    if (key === undefined) continue
    const earlier = seen.get(key)
    if (earlier !== undefined)
      throw new Error(`/users/${index}/${member} is the same as /users/${earlier}/${member}`)
    seen.set(key, index)
  }
}
