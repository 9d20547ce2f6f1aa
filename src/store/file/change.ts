import type { PendingSignIn } from '../pending-sign-ins.js'
import type { ApiKey, Invitation, ReservedName, RevokedToken, Session, User } from '../store.js'

/** The facts about a store that the positions of revocations and their times depend on. */
export interface FeedState {
  /** 32 hex digits: the store that a cursor is for. */
  readonly storeId: string
  /** The lifetime of the access tokens that are issued now, in seconds. */
  readonly accessTokenTtl: number
  /** When the last access token of another lifetime has expired, in seconds since the epoch. */
  readonly earlierUntil: number
}

/** A record as a change has left it, or the end of one. */
export type Change =
  | { readonly user: User }
  | { readonly revokedToken: RevokedToken }
  | { readonly session: Session }
  | { readonly endedSession: string }
  | { readonly purgedUid: string }
  | { readonly reservedName: ReservedName }
  | { readonly freedName: string }
  | { readonly invitation: Invitation }
  | { readonly removedInvitation: string }
  | { readonly apiKey: ApiKey }
  | { readonly removedApiKey: string }
  | { readonly revokedKey: string }
  | { readonly pendingSignIn: PendingSignIn }
  | { readonly endedSignIn: string }
  | { readonly feed: FeedState }
