import { requireOwnClaims } from '../accounts/account-members.js'
import { createRecord } from '../accounts/account-record.js'
import { normaliseNewUserName } from '../accounts/user-name.js'
import { type Clock, toSeconds } from '../clock.js'
import type { User } from '../store/store.js'
import type { Tokens } from '../tokens/tokens.js'
import { type MemberPatch, withPatch } from './account-changes.js'
import { type Actor, requireRightToGive } from './authorization.js'

/** A new account without its password; its time is in seconds. */
export interface GivenRecord {
  name: string
  uid?: string | undefined
  claims?: User['claims'] | undefined
  members: MemberPatch
  /** Now unless it says otherwise. */
  createdAt?: number | undefined
}

/**
 * The record of a new account, judged in full but for what another account may have.
 *
 * @throws `InvalidArgumentError`, `InsufficientScopeError`.
 */
export type NewRecord = (given: GivenRecord, actor: Actor) => User

/** See `NewRecord`. */
export function createNewRecord({ tokens, clock }: { tokens: Tokens; clock: Clock }): NewRecord {
  return ({ name, uid, claims, members, createdAt = toSeconds(clock()) }, actor) => {
    requireOwnClaims(claims ?? {})
    const canonical = normaliseNewUserName(name)
    const record = withPatch(createRecord({ name: canonical, uid, claims }, createdAt), members)
    requireRightToGive(actor, record.groups ?? [])
    tokens.requireShortClaims(record)
    return record
  }
}
