import { UserListQuery } from '../admin/user-list.js'
import { requireValid } from './valid-arguments.js'

/** The members of an account that the list can be searched by, as the call names them. */
export const searchMembers = ['q', 'display_name', 'email', 'group'] as const

/** A search in the list of accounts, as its form has it. */
export interface UserSearch {
  readonly by: (typeof searchMembers)[number]
  readonly text: string
  /** Empty for any. */
  readonly state: string
}

/** The search of a query. One by a member that there is none of is by the name. */
export function userSearch(query: Readonly<Record<string, string | undefined>>): UserSearch {
  const by = searchMembers.find((member) => member === query.by) ?? 'q'
  return { by, text: (query.text ?? '').trim(), state: query.state ?? '' }
}

/** The arguments of the call that makes a page of this search. @throws `InvalidArgumentError` for a state that there is none of. */
export function listQueryOf({ by, text, state }: UserSearch, cursor: string | undefined): UserListQuery {
  return requireValid(UserListQuery, {
    ...(text !== '' && { [by]: text }),
    ...(state !== '' && { state }),
    ...(cursor !== undefined && { cursor })
  })
}

/** The path of a page of this search, the first without a cursor. */
export function searchPath({ by, text, state }: UserSearch, cursor?: string): string {
  const query = new URLSearchParams({ by, text, state, ...(cursor !== undefined && { cursor }) })
  return `/admin/pages/users?${query}`
}
