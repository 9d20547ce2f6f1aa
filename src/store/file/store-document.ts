import { type Static, Type } from 'typebox'
import type { RecordedTime } from '../../clock.js'
import { idPattern } from '../../ids.js'
import { isUsableHash, usableHashRule } from '../../passwords/hash-formats.js'
import type { PendingSignIn } from '../pending-sign-ins.js'
import type {
  ApiKey,
  Invitation,
  KeptRevocation,
  ReservedName,
  RevokedToken,
  Session,
  User
} from '../store.js'
import type { Change, FeedState } from './change.js'
import { currentFormat } from './format.js'

const id = Type.String({ pattern: idPattern })
const count = Type.Integer({ minimum: 0 })
const text = Type.String({ minLength: 1 })
const texts = Type.Array(text)
const digest = Type.String({ pattern: '^[0-9a-f]{64}$' })

const PendingFactorRecord = Type.Object({ secret: text, createdAt: count })

const SecondFactorRecord = Type.Object({
  ...PendingFactorRecord.properties,
  lastStep: count,
  recoveryCodes: Type.Array(digest)
})

const UserRecord = Type.Refine(
  Type.Object({
    uid: id,
    name: text,
    hash: Type.Optional(Type.Refine(Type.String(), isUsableHash, () => usableHashRule)),
    // Up to format 3 there were two states.
    active: Type.Optional(Type.Boolean()),
    state: Type.Optional(Type.Enum(['active', 'disabled', 'deleted'])),
    gen: count,
    keptJti: Type.Optional(id),
    createdAt: count,
    passwordChangedAt: Type.Optional(count),
    lastLoginAt: Type.Optional(count),
    version: Type.Optional(count),
    email: Type.Optional(text),
    emailVerified: Type.Optional(Type.Boolean()),
    displayName: Type.Optional(text),
    groups: Type.Optional(texts),
    claims: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    expiresAt: Type.Optional(count),
    externalId: Type.Optional(text),
    managedBy: Type.Optional(Type.Literal('file')),
    appliedPassword: Type.Optional(text),
    passwordLink: Type.Optional(Type.Object({ digest, expiresAt: count })),
    secondFactor: Type.Optional(SecondFactorRecord),
    pendingFactor: Type.Optional(PendingFactorRecord)
  }),
  ({ active, state }) => (active === undefined) !== (state === undefined),
  () => 'must have a state'
)

const ReservedNameRecord = Type.Object({ name: text, uid: id, until: count })

const InvitationRecord = Type.Object({
  id,
  digest,
  createdAt: count,
  expiresAt: count,
  user: Type.Optional(text),
  email: Type.Optional(text),
  groups: Type.Optional(texts)
})

const ApiKeyRecord = Type.Object({
  id: Type.String({ pattern: '^[0-9a-f]{16}$' }),
  name: text,
  digest,
  scopes: texts,
  createdAt: count,
  expiresAt: Type.Optional(count),
  lastUsedAt: Type.Optional(count)
})

const RevokedTokenRecord = Type.Object({ jti: id, exp: count })

const SessionMembers = Type.Object({
  id,
  kind: Type.Optional(Type.Literal('browser')),
  digest: Type.Optional(digest),
  uid: id,
  gen: count,
  issuedAt: count,
  authTime: Type.Optional(count),
  amr: Type.Optional(texts),
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

// By its digest alone it would be told from no other session.
const SessionRecord = Type.Refine(
  SessionMembers,
  ({ id, kind, digest }) => (kind === undefined ? digest === undefined : digest?.startsWith(id) === true),
  () => 'must be a session of a kind'
)

const PendingSignInRecord = Type.Object({
  digest,
  uid: id,
  gen: count,
  authTime: count,
  expiresAt: count,
  returnTo: Type.Optional(text)
})

const FeedRecord = Type.Object({ storeId: id, accessTokenTtl: count, earlierUntil: count })

const RevocationRecord = Type.Object({
  // A backup has none.
  position: Type.Optional(count),
  until: count,
  revocation: Type.Union([
    Type.Object({ uid: id, genBelow: count, except: Type.Optional(id) }),
    Type.Object({ uid: id, ended: Type.Literal(true) }),
    Type.Object({ sid: id }),
    RevokedTokenRecord,
    Type.Object({ kid: text })
  ])
})

/**
 * The schema of `users.json`. Version 1 had no journal beside it, and no `seq`; version 2 had no checksum, and no times;
 * version 3 had no more of a user than its name, password and claims; version 4 had no session of a browser, and no sign-in under way. All that may stand in a record belongs to the format: a
 * release that adds to it raises `currentFormat`.
 */
export const StoredDocument = Type.Object({
  version: Type.Union([
    Type.Literal(1),
    Type.Literal(2),
    Type.Literal(3),
    Type.Literal(4),
    Type.Literal(currentFormat)
  ]),
  made: Type.Optional(count),
  seq: Type.Optional(count),
  time: Type.Optional(Type.Object({ known: count, seen: count })),
  users: Type.Array(UserRecord),
  revokedTokens: Type.Array(RevokedTokenRecord),
  sessions: Type.Optional(Type.Array(SessionRecord)),
  reservedNames: Type.Optional(Type.Array(ReservedNameRecord)),
  purgedUids: Type.Optional(Type.Array(id)),
  invitations: Type.Optional(Type.Array(InvitationRecord)),
  apiKeys: Type.Optional(Type.Array(ApiKeyRecord)),
  pendingSignIns: Type.Optional(Type.Array(PendingSignInRecord)),
  feed: Type.Optional(FeedRecord),
  revocations: Type.Optional(Type.Array(RevocationRecord))
})

/** A revocation with its position, the number of the change that made it. */
export interface LoggedRevocation extends KeptRevocation {
  readonly position: number
}

/** The content of `users.json`, as it is written now. */
export interface StoreDocument {
  version: typeof currentFormat
  /** The format that the folder was made in. */
  made: number
  /** The number of the last change of the journal that is in it for certain. Later ones may be, too. */
  seq: number
  time: RecordedTime
  users: Iterable<User>
  revokedTokens: Iterable<RevokedToken>
  sessions: Iterable<Session>
  reservedNames: Iterable<ReservedName>
  purgedUids: Iterable<string>
  invitations: Iterable<Invitation>
  apiKeys: Iterable<ApiKey>
  pendingSignIns: Iterable<PendingSignIn>
  /** Undefined in a document that holds the records of a backup, or that an earlier release has written. */
  feed?: FeedState | undefined
  /** The last of the lists: those of changes that go on while it is written must be in it. Undefined as `feed`. */
  revocations?: Iterable<LoggedRevocation> | undefined
}

/** A change in the journal, which has left a record like this. */
export const StoredChange = Type.Union([
  Type.Object({ user: UserRecord }),
  Type.Object({ revokedToken: RevokedTokenRecord }),
  Type.Object({ session: SessionRecord }),
  Type.Object({ endedSession: id }),
  Type.Object({ purgedUid: id }),
  Type.Object({ reservedName: ReservedNameRecord }),
  Type.Object({ freedName: text }),
  Type.Object({ invitation: InvitationRecord }),
  Type.Object({ removedInvitation: id }),
  Type.Object({ apiKey: ApiKeyRecord }),
  Type.Object({ removedApiKey: ApiKeyRecord.properties.id }),
  Type.Object({ revokedKey: text }),
  Type.Object({ pendingSignIn: PendingSignInRecord }),
  Type.Object({ endedSignIn: digest }),
  Type.Object({ feed: FeedRecord })
])

/** A user as a format up to the present one has stored it. */
export type StoredUser = Static<typeof UserRecord>

/** The user of a stored record. Costs nothing for one of the present format. */
export function toUser(stored: StoredUser): User {
  const { active, ...others } = stored
  return active === undefined
    ? (stored as User)
    : ({ ...others, state: active ? 'active' : 'deleted' } as User)
}

/** The change of a stored one. */
export function toChange(stored: Static<typeof StoredChange>): Change {
  return 'user' in stored ? { user: toUser(stored.user) } : (stored as Change)
}
