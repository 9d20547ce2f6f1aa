import { givenGroups } from '../accounts/account-members.js'
import { requireOwnPassword } from '../accounts/managed-account.js'
import { type Clock, toSeconds } from '../clock.js'
import type { User } from '../store/store.js'
import type { Tokens } from '../tokens/tokens.js'
import { type AccountPatch, changeAccount, type NewHash } from './account-changes.js'
import { type Actor, requireRightToGive } from './authorization.js'
import type { NameDecision } from './name-decision.js'
import type { RecordChange } from './record-change.js'

/** The dependencies of the judgement of a change; the lifetime of the longest token is in seconds. */
export interface ChangeJudgeDependencies {
  tokens: Tokens
  clock: Clock
  decideName: NameDecision
  longestTtl: number
}

/**
 * Judges a change by an actor, and gives the record that it leaves.
 *
 * @throws `InsufficientScopeError`, `ManagedByFileError` for a password that the users file keeps, `InvalidArgumentError`; as `changeAccount`.
 */
export type ChangeJudge = (
  before: User,
  patch: AccountPatch,
  hash: NewHash,
  actor: Actor
) => Promise<RecordChange>

// The members that are in tokens.
const lengthens = ['user', 'groups', 'claims'] as const

/** See `ChangeJudge`. */
export function createChangeJudge(dependencies: ChangeJudgeDependencies): ChangeJudge {
  const { tokens, clock, decideName, longestTtl } = dependencies
  return async (before, patch, hash, actor) => {
    const now = toSeconds(clock())
    if (patch.pass !== undefined || hash !== undefined) requireOwnPassword(before)
    const after = changeAccount(before, patch, hash, now)
    requireRightToGive(actor, givenGroups(before, after))
    // An account of an earlier release may have longer claims; it can be disabled all the same.
    if (lengthens.some((member) => patch[member] !== undefined)) tokens.requireShortClaims(after)
    if (after.name === before.name) return { after }
    return { after, reserveUntil: now + longestTtl, ...(await decideName(after.name)) }
  }
}
