import { Type } from 'typebox'
import { isUsableHash } from '../../passwords/hash-formats.js'
import type { RevokedToken, Session, User } from '../store.js'

const id = Type.String({ pattern: '^[0-9a-f]{32}$' })
const count = Type.Integer({ minimum: 0 })

const UserRecord = Type.Object({
  uid: id,
  name: Type.String({ minLength: 1 }),
  hash: Type.Refine(Type.String(), isUsableHash, () => 'must be a usable argon2 or bcrypt hash'),
  active: Type.Boolean(),
  gen: count,
  keptJti: Type.Optional(id),
  createdAt: count,
  claims: Type.Optional(Type.Record(Type.String(), Type.Unknown()))
})

const RevokedTokenRecord = Type.Object({ jti: id, exp: count })

const SessionRecord = Type.Object({
  id,
  uid: id,
  gen: count,
  issuedAt: count,
  lastUsedAt: Type.Optional(count),
  exp: count,
  address: Type.String(),
  userAgent: Type.Optional(Type.String()),
  family: Type.Optional(Type.Object({ jti: id, iat: count, previousJti: Type.Optional(id) }))
})

/** What `users.json` may hold. Version 1 had no journal beside it, and no `seq`. */
export const StoredDocument = Type.Object({
  version: Type.Union([Type.Literal(1), Type.Literal(2)]),
  seq: Type.Optional(count),
  users: Type.Array(UserRecord),
  revokedTokens: Type.Array(RevokedTokenRecord),
  sessions: Type.Optional(Type.Array(SessionRecord))
})

/** The content of `users.json`, as it is written now. */
export interface StoreDocument {
  version: 2
  /** The number of the last change of the journal that is in it for certain. Later ones may be, too. */
  seq: number
  users: Iterable<User>
  revokedTokens: Iterable<RevokedToken>
  sessions: Iterable<Session>
}

/** A line of the journal, without its checksum: the change of this number has left a record like this. */
export const JournalEntry = Type.Union([
  Type.Object({ seq: count, user: UserRecord }),
  Type.Object({ seq: count, revokedToken: RevokedTokenRecord }),
  Type.Object({ seq: count, session: SessionRecord }),
  Type.Object({ seq: count, endedSession: id })
])

/** What a change has made of a record, or which session has ended. */
export type Change =
  | { readonly user: User }
  | { readonly revokedToken: RevokedToken }
  | { readonly session: Session }
  | { readonly endedSession: string }
