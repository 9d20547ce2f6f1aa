import type { AccountView } from '../../admin/account-view.js'
import type { UserListPage } from '../../admin/user-list.js'
import { searchMembers, searchPath, type UserSearch } from '../user-search.js'
import { adminPage, buttonLink, pageLinks, table } from './admin-frame.js'
import { button, choice, field, searchForm } from './forms.js'
import { type Html, html } from './html.js'
import type { PageContext, View } from './page-context.js'
import { adminTexts } from './texts/admin.js'
import { adminUsersTexts } from './texts/admin-users.js'

/** A page of the list of accounts. */
export const adminUsersPage: View<{ search: UserSearch; page: UserListPage; isFirst: boolean }> = (
  context,
  { search, page: { users, next }, isFirst }
) => {
  const { accounts } = adminTexts[context.language]
  const { newTitle, none, noneOnThisPage } = adminUsersTexts[context.language]
  const main = [
    html`<p class="actions">${buttonLink(context, '/admin/pages/users/new', newTitle)}</p>
`,
    searchOf(context, search),
    users.length > 0
      ? accountTable(context, users)
      : html`<p>${next === undefined ? none : noneOnThisPage}</p>
`,
    pageLinks(context, { isFirst, next }, (cursor) => searchPath(search, cursor))
  ]
  return adminPage(context, 'users', accounts, main)
}

/** The state of an account. */
export function stateTag(context: PageContext, state: AccountView['state']): Html {
  return html`<span class="tag">${adminTexts[context.language].states[state]}</span>`
}

function searchOf(context: PageContext, { by, text, state }: UserSearch): Html {
  const { state: stateLabel, states } = adminTexts[context.language]
  const texts = adminUsersTexts[context.language]
  const members = searchMembers.map((value) => ({ value, label: texts.by[value] }))
  const stateOptions = Object.entries(states).map(([value, label]) => ({ value, label }))
  return searchForm(context, '/admin/pages/users', [
    choice('by', texts.searchBy, members, by),
    field(context, { name: 'text', label: texts.text, type: 'search', value: text, isVerbatim: true }),
    choice('state', stateLabel, [{ value: '', label: texts.anyState }, ...stateOptions], state),
    button(texts.search)
  ])
}

function accountTable(context: PageContext, users: readonly AccountView[]): Html {
  const { accounts, groups, state } = adminTexts[context.language]
  const { lastLogin } = adminUsersTexts[context.language]
  const { userName, displayName, emailAddress, never } = context.texts
  const heads = [userName, displayName, emailAddress, groups, state, lastLogin]
  const rows = users.map((user) => [
    html`<a href="${context.at(`/admin/pages/users/${user.uid}`)}"><bdi>${user.user}</bdi></a>`,
    html`<bdi>${user.display_name}</bdi>`,
    html`<bdi>${user.email}</bdi>`,
    user.groups.join(', '),
    stateTag(context, user.state),
    user.last_login_at === undefined ? never : context.time(user.last_login_at)
  ])
  return table(accounts, heads, rows)
}
