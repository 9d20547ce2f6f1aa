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
  return !(await hasActiveAdmin(store, now))
}

/** Whether this account is the only active member of `postern-admins`, at a time in seconds. Costs a look at the members for a member alone. */
export async function isLastAdmin(
  store: Pick<Store, 'listUsers'>,
  user: User,
  now: number
): Promise<boolean> {
  return isAdminAt(user, now) && !(await hasActiveAdmin(store, now, user.uid))
}

async function hasActiveAdmin(
  store: Pick<Store, 'listUsers'>,
  now: number,
  otherThan?: string
): Promise<boolean> {
  let position: string | undefined
  do {
    const { users, next } = await store.listUsers({
      by: 'group',
      text: adminsGroup,
      limit: pageSize,
      ...(position !== undefined && { after: position })
    })
    if (users.some((user) => user.uid !== otherThan && isActiveAt(user, now))) return true
    position = next
  } while (position !== undefined)
  return false
}

function isAdminAt(user: User, now: number): boolean {
  return isActiveAt(user, now) && user.groups?.includes(adminsGroup) === true
}
