import { type Static, Type } from 'typebox'
import { State } from '../accounts/account-members.js'
import { normaliseUserName } from '../accounts/user-name.js'
import type { Audit } from '../audit/audit.js'
import { invalidArgument, Refusal } from '../errors/refusals.js'
import type { Store, User, UserQuery } from '../store/store.js'
import { type AccountView, describeAccount } from './account-view.js'
import { type Actor, requireScope } from './authorization.js'
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
    with_hashes: Type.Optional(
      Type.Boolean({
        description: 'Whether the accounts have their `hash`: with the scope `backup` or `all`.'
      })
    ),
    ...PageQuery
  },
  { additionalProperties: false }
)
export type UserListQuery = Static<typeof UserListQuery>

/** The dependencies of the list of accounts. */
export interface UserListDependencies {
  store: Store
  audit: Audit
}

/** A page of accounts; `next` is the cursor of the next one. */
export interface UserListPage {
  users: (AccountView & { hash?: string })[]
  next?: string
}

/** Finds accounts. */
export interface UserList {
  /**
   * A page of accounts. `state` filters inside the page, which may then be short, and even empty before the last one.
   *
   * @throws `InvalidArgumentError` for more than one of the four criteria, and for what is no cursor; `InsufficientScopeError` for
   *   hashes without the scope `backup`, which leads to all that is kept.
   */
  list(query: UserListQuery, actor: Actor): Promise<UserListPage>
  /** The account of this name, in whatever state. @throws `UserDoesNotExistError`, `InvalidArgumentError` for what is no name. */
  requireByName(name: string): Promise<User>
}

const criteria = ['q', 'email', 'display_name', 'group'] as const

/** See `UserList`. */
export function createUserList({ store, audit }: UserListDependencies): UserList {
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
    async list({ with_hashes: hasHashes = false, ...query }, actor) {
      if (hasHashes) requireScope(actor, 'backup')
      const [, second] = criteria.filter((name) => query[name] !== undefined)
      if (second !== undefined)
        throw invalidArgument(second, `takes none of ${criteria.join(', ')} beside it`)
      const { users, next } = await page(query)
      const told = users.filter(({ state }) => query.state === undefined || state === query.state)
      const describe = hasHashes ? describeWithHash : describeAccount
      if (hasHashes) audit.recordAction('hashes_read', actor)
      return { users: told.map(describe), ...(next !== undefined && { next: cursorOf(next) }) }
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

function describeWithHash(user: User) {
  return { ...describeAccount(user), ...(user.hash !== undefined && { hash: user.hash }) }
}

function criterionOf({ q = '', display_name, group }: UserListQuery): Pick<UserQuery, 'by' | 'text'> {
  if (display_name !== undefined) return { by: 'displayName', text: display_name }
  if (group !== undefined) return { by: 'group', text: group }
  // Names are kept in NFC.
  return { by: 'name', text: q.normalize('NFC') }
}
