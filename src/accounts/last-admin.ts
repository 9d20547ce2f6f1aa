import type { Store, User } from '../store/store.js'
import { adminsGroup, isActiveAt } from './account-members.js'

const pageSize = 200

/**
 * Whether a change, undefined for an account that is gone, has left no active member of `postern-admins`, at a time in seconds. Costs a look at
 * the members if it has taken one away.
 */
export async function isLastAdminGone(
  store: Pick<Store, 'listUsers'>,
  before: User,
  after: User | undefined,
  now: number
): Promise<boolean> {
  if (!isAdminAt(before, now) || (after !== undefined && isAdminAt(after, now))) return false
  let position: string | undefined
  do {
    const { users, next } = await store.listUsers({
      by: 'group',
      text: adminsGroup,
      limit: pageSize,
      ...(position !== undefined && { after: position })
    })
    if (users.some((user) => isActiveAt(user, now))) return false
    position = next
  } while (position !== undefined)
  return true
}

function isAdminAt(user: User, now: number): boolean {
  return isActiveAt(user, now) && user.groups?.includes(adminsGroup) === true
}
