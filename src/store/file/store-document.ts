import { Type } from 'typebox'
import { idPattern } from '../../ids.js'
import { isUsableHash } from '../../passwords/hash-formats.js'
import type { RevokedToken, Session, User } from '../store.js'
import { currentFormat } from './format.js'
import type { RecordedTime } from './recorded-time.js'

const id = Type.String({ pattern: idPattern })
const count = Type.Integer({ minimum: 0 })

const UserRecord = Type.Object({
  uid: id,
  name: Type.String({ minLength: 1 }),
  hash: Type.Refine(Type.String(), isUsableHash, () => 'must be a usable argon2 or bcrypt hash'),
  active: Type.Boolean(),
  gen: count,
  keptJti: Type.Optional(id),
  createdAt: count,
  version: Type.Optional(count),
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
  clientId: Type.Optional(Type.String()),
  version: Type.Optional(count),
  family: Type.Optional(
    Type.Object({
      jti: id,
      iat: count,
      previousJti: Type.Optional(id),
      address: Type.Optional(Type.String()),
      userAgent: Type.Optional(Type.String()),
      isRepeated: Type.Optional(Type.Boolean())
    })
  )
})

/**
 * The schema of `users.json`. Version 1 had no journal beside it, and no `seq`; version 2 had no checksum, and no times. All
 * that may stand in a record belongs to the format: a release that adds to it raises `currentFormat`.
 */
export const StoredDocument = Type.Object({
  version: Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(currentFormat)]),
  seq: Type.Optional(count),
  time: Type.Optional(Type.Object({ known: count, seen: count })),
  users: Type.Array(UserRecord),
  revokedTokens: Type.Array(RevokedTokenRecord),
  sessions: Type.Optional(Type.Array(SessionRecord))
})

/** The content of `users.json`, as it is written now. */
export interface StoreDocument {
  version: typeof currentFormat
  /** The number of the last change of the journal that is in it for certain. Later ones may be, too. */
  seq: number
  time: RecordedTime
  users: Iterable<User>
  revokedTokens: Iterable<RevokedToken>
  sessions: Iterable<Session>
}

/** A change in the journal, which has left a record like this. */
export const StoredChange = Type.Union([
  Type.Object({ user: UserRecord }),
  Type.Object({ revokedToken: RevokedTokenRecord }),
  Type.Object({ session: SessionRecord }),
  Type.Object({ endedSession: id })
])
