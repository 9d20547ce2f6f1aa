import { setImmediate as turn } from 'node:timers/promises'
import type { StoreContent } from '../store.js'
import type { Contents } from './records.js'

// The records that are listed in one turn of the event loop: less than 1 ms of work.
const pieceLength = 5_000

/** Lists these contents, in pieces between which other work goes on. They must stay as they are meanwhile. */
export async function listContents(contents: Contents): Promise<Omit<StoreContent, 'revocations'>> {
  return {
    users: await list(contents.users),
    sessions: await list(contents.sessions),
    revokedTokens: await list(contents.revokedTokens),
    reservedNames: await list(contents.reservedNames),
    purgedUids: await list(contents.purgedUids),
    invitations: await list(contents.invitations),
    apiKeys: await list(contents.apiKeys)
  }
}

async function list<Value>(values: Iterable<Value>): Promise<Value[]> {
  const listed: Value[] = []
  for (const value of values) {
    if (listed.push(value) % pieceLength === 0) await turn()
  }
  return listed
}
