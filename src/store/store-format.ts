import { Check, Errors } from 'typebox/value'
import type { JsonFormat } from './json-file.js'
import { StoreDocument } from './store-document.js'

/** How `users.json` is written, with one record a line, and what of it is checked at the start. */
export const storeFormat: JsonFormat<StoreDocument> = {
  stringify({ version, users, revokedTokens }) {
    return `{\n"version": ${version},\n"users": ${lines(users)},\n"revokedTokens": ${lines(revokedTokens)}\n}\n`
  },

  check(value) {
    if (!Check(StoreDocument, value)) {
      const [error] = Errors(StoreDocument, value)
      throw new Error(`${error?.instancePath || 'the document'} ${error?.message}`)
    }
    requireUnique(value.users, 'uid')
    requireUnique(value.users, 'name')
    return value
  }
}

function lines(records: readonly object[]): string {
  return records.length === 0 ? '[]' : `[\n${records.map((record) => JSON.stringify(record)).join(',\n')}\n]`
}

function requireUnique(users: StoreDocument['users'], key: 'uid' | 'name'): void {
  const seen = new Map<string, number>()
  for (const [index, user] of users.entries()) {
    const earlier = seen.get(user[key])
    if (earlier !== undefined)
      throw new Error(`/users/${index}/${key} is the same as /users/${earlier}/${key}`)
    seen.set(user[key], index)
  }
}
