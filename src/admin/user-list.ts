import { type Static, Type } from 'typebox'
import { State } from '../accounts/account-members.js'
import { normaliseUserName } from '../accounts/user-name.js'
import { invalidArgument, Refusal } from '../errors/refusals.js'
import type { Store, User, UserQuery } from '../store/store.js'
import { type AccountView, describeAccount } from './account-view.js'
import { cursorOf, limitOf, PageQuery, positionOf } from './paging.js'

const maxTextLength = 1024

/** The arguments of the list of accounts: at most one of `q`, `email`, `display_name` and `group`. */
export const UserListQuery = Type.Object(
  {
    q: Type.Optional(Type.String({ maxLength: maxTextLength })),
    email: Type.Optional(Type.String({ maxLength: maxTextLength })),
    display_name: Type.Optional(Type.String({ maxLength: maxTextLength })),
    group: Type.Optional(Type.String({ maxLength: maxTextLength })),
    state: Type.Optional(State),
    ...PageQuery
  },
  { additionalProperties: false }
)
export type UserListQuery = Static<typeof UserListQuery>

/** A page of accounts; `next` is the cursor of the next one. */
export interface UserListPage {
  users: AccountView[]
  next?: string
}

/** Finds accounts. */
export interface UserList {
  /**
   * A page of accounts. `state` filters inside the page, which may then be short, and even empty before the last one.
   *
   * @throws `InvalidArgumentError` for more than one of the four criteria, and for what is no cursor.
   */
  list(query: UserListQuery): Promise<UserListPage>
  /** The account of this name, in whatever state. @throws `UserDoesNotExistError`, `InvalidArgumentError` for what is no name. */
  requireByName(name: string): Promise<User>
}

const criteria = ['q', 'email', 'display_name', 'group'] as const

/** See `UserList`. */
export function createUserList(store: Store): UserList {
  async function page(query: UserListQuery): Promise<{ users: readonly User[]; next?: string }> {
    const after = positionOf(query)
    if (query.email !== undefined) {
      const user = await store.findUserByEmail(query.email)
      return { users: user === undefined ? [] : [user] }
    }
    return await store.listUsers({
      ...criterionOf(query),
      limit: limitOf(query),
      ...(after !== undefined && { after })
    })
  }

  return {
    async list(query) {
      const [, second] = criteria.filter((name) => query[name] !== undefined)
      if (second !== undefined)
        throw invalidArgument(second, `takes none of ${criteria.join(', ')} beside it`)
      const { users, next } = await page(query)
      const told = users.filter(({ state }) => query.state === undefined || state === query.state)
      return { users: told.map(describeAccount), ...(next !== undefined && { next: cursorOf(next) }) }
    },

    async requireByName(name) {
      const user = await store.findUserByName(normaliseUserName(name))
      if (user === undefined) {
        throw new Refusal('UserDoesNotExistError', { message: 'There is no user of this name.' })
      }
      return user
    }
  }
}

function criterionOf({ q = '', display_name, group }: UserListQuery): Pick<UserQuery, 'by' | 'text'> {
  if (display_name !== undefined) return { by: 'displayName', text: display_name }
  if (group !== undefined) return { by: 'group', text: group }
  // Names are kept in NFC.
  return { by: 'name', text: q.normalize('NFC') }
}
