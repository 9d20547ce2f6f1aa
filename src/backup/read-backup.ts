import { createHash, type Hash } from 'node:crypto'
import { Check } from 'typebox/value'
import type { ScheduledKey } from '../keys/key-ring.js'
import { fromStoredJwk, type StoredJwk } from '../keys/stored-jwk.js'
import { linesOf } from '../lines.js'
import type { StoreContent } from '../store/store.js'
import {
  BackupHeader,
  BackupTrailer,
  backupFormat,
  type RecordKind,
  recordKinds,
  recordLists
} from './backup-format.js'
import { BackupProblem } from './backup-problem.js'

/** A whole backup. Its records are as they stand in it: the store has yet to judge them. */
export interface ReadBackup {
  readonly header: BackupHeader
  readonly records: Readonly<Record<keyof StoreContent, readonly unknown[]>>
  readonly keys: readonly ScheduledKey[]
}

const limits = {
  // The record of the largest account is a fiftieth of it.
  maxLength: 4 * 1024 * 1024,
  tooLong: () => new BackupProblem('a line of it is too long'),
  cutOff: () => new BackupProblem('it was cut off within a line')
}

/**
 * Reads a backup to its end, into memory.
 *
 * @throws `BackupProblem` for one that was cut, changed or made by a newer release; what the chunks throw.
 */
export async function readBackup(chunks: AsyncIterable<Uint8Array>): Promise<ReadBackup> {
  const hash = createHash('sha256')
  const keys: StoredJwk[] = []
  const records = emptyLists()
  let header: BackupHeader | undefined
  let isOver = false
  let number = 0
  for await (const line of linesOf(chunks, limits)) {
    number += 1
    if (isOver) throw new BackupProblem('something follows its last line')
    const value = parse(line, number)
    if (header === undefined) {
      header = requireHeader(value)
    } else if (Check(BackupTrailer, value)) {
      requireDigest(hash, value.sha256)
      isOver = true
      continue
    } else {
      addRecord(value, number, records, keys)
    }
    hash.update(line).update('\n')
  }
  if (header === undefined) throw new BackupProblem('it is empty')
  if (!isOver) throw new BackupProblem('it was cut off: its last line is missing')
  requireCounts(header, records, keys)
  return { header, records, keys: keys.map(requireUsable) }
}

function emptyLists(): Record<keyof StoreContent, unknown[]> {
  const lists = recordKinds.map((kind) => [recordLists[kind], []])
  return Object.fromEntries(lists) as Record<keyof StoreContent, unknown[]>
}

function parse(line: Buffer, number: number): unknown {
  try {
    return JSON.parse(line.toString())
  } catch {
    if (number === 1) throw noBackup()
    throw new BackupProblem(`line ${number} is no JSON`)
  }
}

function requireHeader(value: unknown): BackupHeader {
  if (Check(BackupHeader, value)) return value
  const { format, version, postern } = Object(value) as Record<string, unknown>
  if (format === 'postern-backup' && typeof version === 'number' && version > backupFormat) {
    const release = typeof postern === 'string' && /^[\w.+-]{1,40}$/.test(postern) ? ` (${postern})` : ''
    throw new BackupProblem(
      `it was made by a newer Postern${release}, in format ${version}, and this reads ${backupFormat}: restore it with that release`
    )
  }
  throw noBackup()
}

function noBackup(): BackupProblem {
  return new BackupProblem('its first line is not that of a backup')
}

function addRecord(
  value: unknown,
  number: number,
  records: Record<keyof StoreContent, unknown[]>,
  keys: StoredJwk[]
): void {
  const members = Object.entries(Object(value))
  const [kind = '', record] = members[0] ?? []
  if (members.length === 1 && kind === 'signingKey') keys.push(record as StoredJwk)
  else if (members.length === 1 && isRecordKind(kind)) records[recordLists[kind]].push(record)
  else throw new BackupProblem(`line ${number} is no record`)
}

function isRecordKind(kind: string): kind is RecordKind {
  return Object.hasOwn(recordLists, kind)
}

function requireDigest(hash: Hash, expected: string): void {
  if (hash.digest('hex') === expected) return
  throw new BackupProblem('it was changed: its SHA-256 is not that of its last line')
}

function requireCounts(
  { counts }: BackupHeader,
  records: Record<keyof StoreContent, unknown[]>,
  keys: readonly StoredJwk[]
): void {
  const found = recordKinds.map((kind) => [kind, records[recordLists[kind]].length] as const)
  for (const [kind, length] of [...found, ['signingKey', keys.length] as const]) {
    if (length === counts[kind]) continue
    throw new BackupProblem(`it has ${length} lines of ${kind}, and its first line says ${counts[kind]}`)
  }
}

function requireUsable(stored: StoredJwk, index: number): ScheduledKey {
  try {
    return fromStoredJwk(stored)
  } catch (error) {
    throw new BackupProblem(`its signing key ${index + 1} is unusable: ${(error as Error).message}`)
  }
}
