import { Compile } from 'typebox/compile'
import type { User } from '../store.js'
import { currentFormat } from './format.js'
import type { JsonFormat } from './json-file.js'
import { unknownTime } from './recorded-time.js'
import { type StoreDocument, StoredDocument } from './store-document.js'

/** How `users.json` is written, with one record a line, and what of it is checked at the start. */
export const storeFormat: JsonFormat<StoreDocument> = {
  *stringify({ version, seq, time, users, revokedTokens, sessions }) {
    yield `{\n"version": ${version},\n"seq": ${seq},\n"time": ${JSON.stringify(time)},\n"users": [`
    yield* lines(users)
    yield '],\n"revokedTokens": ['
    yield* lines(revokedTokens)
    yield '],\n"sessions": ['
    yield* lines(sessions)
    yield ']'
  },

  check(value) {
    const validator = Compile(StoredDocument)
    if (!validator.Check(value)) {
      const [error] = validator.Errors(value)
      throw new Error(`${error?.instancePath || 'the document'} ${error?.message}`)
    }
    requireUnique(value.users, 'uid')
    requireUnique(value.users, 'name')
    const { seq = 0, time = unknownTime, users, revokedTokens, sessions = [] } = value
    return { version: currentFormat, seq, time, users, revokedTokens, sessions }
  }
}

function* lines(records: Iterable<object>): Iterable<string> {
  let separator = '\n'
  for (const record of records) {
    yield separator + JSON.stringify(record)
    separator = ',\n'
  }
  if (separator !== '\n') yield '\n'
}

function requireUnique(users: readonly User[], key: 'uid' | 'name'): void {
  const seen = new Map<string, number>()
  for (const [index, user] of users.entries()) {
    const earlier = seen.get(user[key])
    if (earlier !== undefined)
      throw new Error(`/users/${index}/${key} is the same as /users/${earlier}/${key}`)
    seen.set(user[key], index)
  }
}
