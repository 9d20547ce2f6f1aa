import { Refusal } from '../errors/refusals.js'
import type { Store, User } from '../store/store.js'
import type { NameDecision } from './name-decision.js'

/**
 * Requires that no other account has what only one may have, as the store does when it keeps a record.
 *
 * @throws `UserAlreadyExistsError`, `EmailTakenError`, `ExternalIdTakenError`.
 */
export type FreeCheck = (user: User) => Promise<void>

/** See `FreeCheck`. */
export function createFreeCheck(store: Store, decideName: NameDecision): FreeCheck {
  return async (user) => {
    const { uid, name, email, externalId } = user
    const isOther = (found: User | undefined) => found !== undefined && found.uid !== uid
    if (isOther(await store.findUserByName(name))) throw new Refusal('UserAlreadyExistsError')
    const reserved = await store.findReservedName(name)
    const { takes } = await decideName(name)
    const isReserved = reserved !== undefined && reserved.uid !== uid && takes === undefined
    if (isReserved || (await store.isUidPurged(uid))) throw new Refusal('UserAlreadyExistsError')
    if (email !== undefined && isOther(await store.findUserByEmail(email)))
      throw new Refusal('EmailTakenError')
    if (externalId !== undefined && isOther(await store.findUserByExternalId(externalId))) {
      throw new Refusal('ExternalIdTakenError')
    }
  }
}
