import type { Members } from './admin-client.js'
import { type AdminCommand, allOf, findUser, pagesOf, textOf } from './admin-command.js'
import type { Flags } from './command-options.js'
import { hasExpired } from './expiry-note.js'
import { limitIn, requireOneOf } from './option-values.js'
import { jsonText, rowsText, timeText } from './output.js'
import { type Column, tabbedText, tableText } from './table.js'

const columns: readonly Column<Members>[] = [
  { title: 'User', of: ({ user }) => textOf(user), isCut: true },
  { title: 'uid', of: ({ uid }) => textOf(uid) },
  { title: 'State', of: (user) => (hasExpired(user) ? 'expired' : textOf(user.state)) },
  { title: 'E-mail', of: ({ email }) => textOf(email), isCut: true },
  { title: 'Groups', of: ({ groups }) => textOf(groups), isCut: true },
  { title: 'Last login', of: ({ last_login_at }) => timeText(last_login_at) }
]

/** Lists users, page by page where lines are for a program. */
export const listUsers: AdminCommand = async (client, { operands: [prefix], flags, output }) => {
  const filters = { ...(prefix !== undefined && { PREFIX: prefix }), ...flags }
  requireOneOf(filters, ['PREFIX', 'group', 'email', 'display-name'])
  const pages = pagesOf(client, '/admin/users', 'users', queryOf(flags, prefix), limitIn(flags.limit))
  if (output.format === 'ndjson' || output.format === 'tabbed') {
    return mapPages(pages, (users) => rowsText(columns, users, output))
  }
  const users = await allOf(pages)
  return output.format === 'json' ? jsonText({ users }) : rowsText(columns, users, output)
}

/** Shows all members of an account. */
export const showUser: AdminCommand = async (client, { operands: [name = ''], output }) => {
  const { body } = await findUser(client, name)
  if (output.format === 'json') return jsonText(body)
  const rows = Object.entries(body)
  const members: readonly Column<[string, unknown]>[] = [
    { title: 'Member', of: ([name]) => name },
    { title: 'Value', of: ([name, value]) => (name.endsWith('_at') ? timeText(value) : textOf(value)) }
  ]
  return output.format === 'table' ? tableText(members, rows) : tabbedText(members, rows)
}

function queryOf(flags: Flags, prefix: string | undefined) {
  return {
    q: prefix,
    group: flags.group?.at(-1),
    email: flags.email,
    display_name: flags['display-name'],
    state: flags.state
  }
}

async function* mapPages(pages: AsyncIterable<Members[]>, toText: (users: Members[]) => string) {
  for await (const users of pages) yield toText(users)
}
