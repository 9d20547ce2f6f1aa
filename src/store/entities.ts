/** A record that is replaced as a whole. */
export interface Versioned {
  /** The number of replacements; undefined before the first. The store raises it. */
  readonly version?: number
}

/** The state that the operator has given an account, or its user by deleting it. */
export type UserState = 'active' | 'disabled' | 'deleted'

/** An account. Records are never changed in place: a change makes a new one. Times are in seconds since the epoch. */
export interface User extends Versioned {
  /** 32 hex digits, never reused, not even after a purge. */
  readonly uid: string
  /** In NFC; unique, also among users who are disabled or deleted. */
  readonly name: string
  /** PHC string of argon2, scrypt or PBKDF2, or a bcrypt hash. Without one nobody can log in. */
  readonly hash?: string
  /** Any state but `active` bars the user. The record of a deleted one stays, so that nobody takes over the name. */
  readonly state: UserState
  /** The token generation: tokens of another one are refused, except `keptJti`. */
  readonly gen: number
  /** The `jti` of the access token that was presented for the last password change, and outlives it. */
  readonly keptJti?: string
  readonly createdAt: number
  readonly passwordChangedAt?: number
  /** May be older than the last login after a crash; see `Store.touchUser`. */
  readonly lastLoginAt?: number
  /** Unique with its ASCII letters in lower case. */
  readonly email?: string
  readonly emailVerified?: boolean
  readonly displayName?: string
  /** A sorted set, never empty. */
  readonly groups?: readonly string[]
  /** The custom claims in all tokens of the user, beside those that Postern makes. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** From then on the user is barred as a disabled one. */
  readonly expiresAt?: number
  /** The id in the system that the account was imported from; unique. */
  readonly externalId?: string
  /** Who keeps the account as it is; undefined for the operator. */
  readonly managedBy?: 'file'
  /**
   * The password of the users file as it was last applied: its hash of that time, which a renewal leaves as it is, or the digest of the
   * hash in the file. Undefined if the file has none: then the password is the user's.
   */
  readonly appliedPassword?: string
  /** The link that sets a password, until it is spent. */
  readonly passwordLink?: Link
  /** Without one the password is all that a sign-in takes. */
  readonly secondFactor?: SecondFactor
  /** The second factor that the user is about to set up. */
  readonly pendingFactor?: PendingFactor
}

/** A TOTP secret (RFC 6238) that the user has not proved yet to have. */
export interface PendingFactor {
  /** In base32 (RFC 4648 §6), or sealed under the storage key; `SecretSeal` tells them apart. */
  readonly secret: string
  readonly createdAt: number
}

/** The second factor of an account. A use replaces it with the version of the account, so that each code is good once. */
export interface SecondFactor extends PendingFactor {
  /** The time step of the last code that was used (RFC 6238 §5.2): only codes of later steps are good. */
  readonly lastStep: number
  /** SHA-256 of the recovery codes that are left, in hex. */
  readonly recoveryCodes: readonly string[]
}

/** A link that does one thing once. The store has the digest of its token. */
export interface Link {
  /** SHA-256 of the token, in hex. */
  readonly digest: string
  /** In seconds since the epoch, as all times here. */
  readonly expiresAt: number
}

/** A link with which somebody makes an account, as the operator has prepared it. */
export interface Invitation extends Link {
  /** 32 hex digits. */
  readonly id: string
  readonly createdAt: number
  /** The name of the account; without one the guest chooses. */
  readonly user?: string
  readonly email?: string
  readonly groups?: readonly string[]
}

/** The name that an account had before it was renamed or purged. Nobody else may take it without a decision. */
export interface ReservedName {
  readonly name: string
  /** The account that had it, and may have it again. */
  readonly uid: string
  /** When the last token with the name has expired. The reservation outlives that time. */
  readonly until: number
}

/** A credential for the operator's calls. */
export interface ApiKey {
  /** 16 hex digits. */
  readonly id: string
  /** Unique. */
  readonly name: string
  /** SHA-256 of the secret, in hex. */
  readonly digest: string
  readonly scopes: readonly string[]
  readonly createdAt: number
  readonly expiresAt?: number
  readonly lastUsedAt?: number
}

/** The `jti` of a token that is refused until it expires by itself, at `exp` seconds since the epoch. */
export interface RevokedToken {
  readonly jti: string
  readonly exp: number
}

/** Whom a session is for: a browser that presents a cookie; undefined for a client that presents refresh tokens. */
export type SessionKind = 'browser' | undefined

/**
 * A refresh token that may be used again, a family of refresh tokens of which each use retires one and gives the next
 * (RFC 9700 §4.14.2), or the session of a browser. Records are never changed in place.
 */
export interface Session extends Versioned {
  /** The `jti` of the token, the `sid` of the family's tokens, or the first 32 hex digits of the `digest`. */
  readonly id: string
  /** Limits count each kind apart. */
  readonly kind?: 'browser'
  /** SHA-256 of the cookie's value, in hex, if it is a browser's. */
  readonly digest?: string
  /** The `uid` of its user. */
  readonly uid: string
  /** The token generation of the account when it began. */
  readonly gen: number
  /** In seconds since the epoch, as all times here. */
  readonly issuedAt: number
  /** When the password was given; undefined for a session of a release before 0.5.0. */
  readonly authTime?: number
  /** How the user was authenticated (RFC 8176), unless that was by the password alone. */
  readonly amr?: readonly string[]
  readonly lastUsedAt?: number
  /** When its token expires; for a browser's the absolute end. */
  readonly exp: number
  /** The address of the client that it was issued to. */
  readonly address: string
  readonly userAgent?: string
  /** The OAuth client that it was issued to, and is for alone; without one it is for any. */
  readonly clientId?: string
  /** The state of a rotating family; undefined for any other token. */
  readonly family?: TokenFamily
}

/** The current token of a family, and how it replaced the previous one. */
export interface TokenFamily {
  readonly jti: string
  readonly iat: number
  /** The token that was retired for it. */
  readonly previousJti?: string
  /** The address of the client that retired the previous token. */
  readonly address?: string
  readonly userAgent?: string
  /** Whether it was given a second time, within the grace. */
  readonly isRepeated?: boolean
}

/** The end of tokens before they expire, as verifiers take it that do not ask for each token. */
export type Revocation =
  /** Of the tokens of a user of an older generation, except the one of this `jti`, which was kept. */
  | { readonly uid: string; readonly genBelow: number; readonly except?: string }
  /** Of all tokens of a user. */
  | { readonly uid: string; readonly ended: true }
  /** Of the access tokens of a session, except one that its user has kept. */
  | { readonly sid: string }
  /** Of one token, which expires at `exp`. */
  | RevokedToken
  /** Of all tokens of a key. */
  | { readonly kid: string }

/** The revocations after a position, in order; a later one of a `uid` replaces the earlier ones. */
export interface RevocationPage {
  /** The position after these. Opaque. */
  readonly cursor: string
  readonly revocations: readonly Revocation[]
}

/** A revocation, and when the last access token that it ends has expired by itself. */
export interface KeptRevocation {
  readonly revocation: Revocation
  /** In seconds since the epoch. */
  readonly until: number
}

/** The whole content of a store. */
export interface StoreContent {
  readonly users: readonly User[]
  readonly sessions: readonly Session[]
  readonly revokedTokens: readonly RevokedToken[]
  readonly reservedNames: readonly ReservedName[]
  /** The ids of purged users. */
  readonly purgedUids: readonly string[]
  readonly invitations: readonly Invitation[]
  readonly apiKeys: readonly ApiKey[]
  /** Those in force, in order. */
  readonly revocations: readonly KeptRevocation[]
}

/** Records of one kind, which can be read more than once. An array is one. */
export interface RecordList<Value> extends Iterable<Value> {
  readonly length: number
}

/** The whole content as of one moment between two changes. */
export type StoreDump = {
  readonly [Kind in keyof StoreContent]: RecordList<StoreContent[Kind][number]>
} & {
  /** A time that has certainly passed by then, in seconds since the epoch. */
  readonly knownTime: number
}
