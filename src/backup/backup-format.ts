import { type Static, Type } from 'typebox'
import type { ScheduledKey } from '../keys/key-ring.js'
import type { StoreContent, StoreDump, User } from '../store/store.js'

/**
 * The format of a backup, which its first line says: JSON lines (a header, the records, a trailer). All that may stand in a
 * record belongs to it: a release that adds to one raises it with the format of the data folder. Format 1 had no session of a browser.
 */
export const backupFormat = 2

/** The lists of a store by the member that names the kind of a record's line. */
export const recordLists = {
  user: 'users',
  session: 'sessions',
  revokedToken: 'revokedTokens',
  reservedName: 'reservedNames',
  purgedUid: 'purgedUids',
  invitation: 'invitations',
  apiKey: 'apiKeys',
  revocation: 'revocations'
} as const satisfies Record<string, keyof StoreContent>

/** The kind of a record. */
export type RecordKind = keyof typeof recordLists

/** All kinds of records, in the order of a backup. */
export const recordKinds = Object.keys(recordLists) as RecordKind[]

/** The content of a backup. */
export interface BackupContent {
  /** When it was made, in seconds since the epoch. */
  readonly madeAt: number
  readonly dump: StoreDump
  /** Gives an account with its secrets in the clear. */
  openUser(user: User): User
  /** The generated keys of all algorithms. */
  readonly keys: readonly ScheduledKey[]
}

const count = Type.Integer({ minimum: 0 })

const counts = {
  user: count,
  session: count,
  revokedToken: count,
  reservedName: count,
  purgedUid: count,
  invitation: count,
  apiKey: count,
  revocation: count,
  signingKey: count
} satisfies Record<RecordKind | 'signingKey', unknown>

/** The first line of a backup. Times are in seconds since the epoch. */
export const BackupHeader = Type.Object({
  format: Type.Literal('postern-backup'),
  version: Type.Union([Type.Literal(1), Type.Literal(backupFormat)]),
  /** The release that made it. */
  postern: Type.String(),
  made_at: count,
  /** A time that has certainly passed. */
  known_time: count,
  counts: Type.Object(counts)
})

/** The first line of a backup. */
export type BackupHeader = Static<typeof BackupHeader>

/** The last line of a backup: the SHA-256 of all bytes before it, in hex. */
export const BackupTrailer = Type.Object({ sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) })
