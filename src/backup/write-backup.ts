import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { toStoredJwk } from '../keys/stored-jwk.js'
import { version } from '../version.js'
import {
  type BackupContent,
  type BackupHeader,
  backupFormat,
  type RecordKind,
  recordKinds,
  recordLists
} from './backup-format.js'

const otherKinds = recordKinds.filter((kind) => kind !== 'user')

// In characters. The text that is made in one turn of the event loop: less than 1 ms of work.
const pieceLength = 64 * 1024

/** The text of a backup, in pieces, each in a turn of the event loop of its own. */
export async function* writeBackup(content: BackupContent): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let piece = ''
  for (const line of linesOf(content)) {
    piece += `${JSON.stringify(line)}\n`
    if (piece.length < pieceLength) continue
    const bytes = Buffer.from(piece)
    piece = ''
    hash.update(bytes)
    yield bytes
    await turn()
  }
  hash.update(piece)
  yield Buffer.from(`${piece}${JSON.stringify({ sha256: hash.digest('hex') })}\n`)
}

function* linesOf(content: BackupContent): Iterable<object> {
  const { dump, keys, openUser } = content
  yield headerOf(content)
  for (const user of dump.users) yield { user: openUser(user) }
  for (const kind of otherKinds) {
    for (const record of dump[recordLists[kind]]) yield { [kind]: record }
  }
  for (const key of keys) yield { signingKey: toStoredJwk(key) }
}

function headerOf({ madeAt, dump, keys }: BackupContent): BackupHeader {
  const lengths = recordKinds.map((kind) => [kind, dump[recordLists[kind]].length])
  const counts = Object.fromEntries(lengths) as Record<RecordKind, number>
  return {
    format: 'postern-backup',
    version: backupFormat,
    postern: version,
    made_at: madeAt,
    known_time: dump.knownTime,
    counts: { ...counts, signingKey: keys.length }
  }
}
