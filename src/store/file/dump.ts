import { setImmediate as turn } from 'node:timers/promises'
import type { RecordList, StoreDump } from '../store.js'
import { unexpiredAt } from './expiry.js'
import type { Contents } from './records.js'

// The records that are looked at in one turn of the event loop: less than 1 ms of work.
const pieceLength = 5_000

/**
 * Lists those of these contents that have not expired at this time, in seconds. It does so in pieces between which other work
 * goes on. The contents must stay as they are meanwhile.
 */
export async function listContents(
  contents: Contents,
  now: number
): Promise<Omit<StoreDump, 'knownTime' | 'revocations'>> {
  const isUnexpired = unexpiredAt(now)
  return {
    users: await list(contents.users),
    sessions: await list(contents.sessions, isUnexpired.sessions),
    revokedTokens: await list(contents.revokedTokens, isUnexpired.revokedTokens),
    reservedNames: await list(contents.reservedNames),
    purgedUids: await list(contents.purgedUids),
    invitations: await list(contents.invitations, isUnexpired.invitations),
    apiKeys: await list(contents.apiKeys)
  }
}

// Counts the records that are looked at, not those that are listed: all of a million may have expired.
async function list<Value>(
  values: Iterable<Value>,
  isListed: (value: Value) => boolean = () => true
): Promise<RecordList<Value>> {
  const pieces: Value[][] = []
  let piece: Value[] = []
  let looks = 0
  for (const value of values) {
    if (isListed(value)) piece.push(value)
    looks += 1
    if (looks % pieceLength !== 0) continue
    pieces.push(piece)
    piece = []
    await turn()
  }
  pieces.push(piece)
  return listOf(pieces)
}

// Not one array: to make room in it copies all that is there, which takes 7 ms at the last of a million references.
function listOf<Value>(pieces: readonly (readonly Value[])[]): RecordList<Value> {
  return {
    length: pieces.reduce((sum, { length }) => sum + length, 0),
    *[Symbol.iterator]() {
      for (const piece of pieces) yield* piece
    }
  }
}
