import { Refusal } from '../../errors/refusals.js'
import type { Change, RevokedToken, Session, User } from '../store.js'
import { type Draft, isSameVersion, nextVersion } from './records.js'

/** Returns the changes of a call, if any, or throws to refuse. It sees the changes of the earlier calls of its batch. */
export type Intention = (draft: Draft) => Change[]

/** See `Store.createUser`. */
export function userCreation(user: User): Intention {
  return (draft) => {
    const isTaken = draft.userByName(user.name) !== undefined || draft.userById(user.uid) !== undefined
    if (isTaken) throw new Refusal('UserAlreadyExistsError')
    return [{ user }]
  }
}

/** See `Store.replaceUser`. */
export function userReplacement(before: User, after: User): Intention {
  return (draft) => {
    if (!isSameVersion(draft.userById(before.uid), before)) return []
    const ended = after.gen === before.gen ? [] : draft.sessionIdsOf(before.uid)
    return [{ user: nextVersion(before, after) }, ...endOf(ended)]
  }
}

/** See `Store.revokeToken`. */
export function tokenRevocation(revokedToken: RevokedToken): Intention {
  return (draft) => (draft.isRevoked(revokedToken.jti) ? [] : [{ revokedToken }])
}

/**
 * See `Store.createSession`.
 *
 * @param makeRoom returns the session that makes room for the new one, if one must.
 */
export function sessionCreation(
  session: Session,
  makeRoom: (draft: Draft) => Session | undefined
): Intention {
  return (draft) => {
    const evicted = makeRoom(draft)
    return [...endOf(evicted === undefined ? [] : [evicted.id]), { session }]
  }
}

/** See `Store.replaceSession`. */
export function sessionReplacement(before: Session, after: Session): Intention {
  return (draft) =>
    isSameVersion(draft.sessionById(before.id), before) ? [{ session: nextVersion(before, after) }] : []
}

/** See `Store.endSession`. */
export function sessionEnd(id: string): Intention {
  return (draft) => (draft.sessionById(id) === undefined ? [] : endOf([id]))
}

function endOf(ids: readonly string[]): Change[] {
  return ids.map((endedSession) => ({ endedSession }))
}
