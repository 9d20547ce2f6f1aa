import type { Members } from './admin-client.js'
import { type AdminCommand, membersOf, textOf } from './admin-command.js'
import { jsonText, rowsText } from './output.js'
import type { Column } from './table.js'

const columns: readonly Column<Members>[] = [
  { title: 'User', of: ({ user }) => textOf(user) },
  { title: 'Action', of: ({ action }) => textOf(action) },
  { title: 'Details', of: ({ members, reason }) => [members ?? reason ?? ''].flat().map(textOf).join(', ') }
]

/** Brings the accounts to what the users file says, or shows the differences, and prints them. */
export const syncUsersFile: AdminCommand = async (client, { flags, output }) => {
  const { body } = await client.call('POST', '/admin/users-file/sync', {
    query: { dry_run: flags['dry-run'] }
  })
  return output.format === 'json' ? jsonText(body) : rowsText(columns, membersOf(body, 'users'), output)
}
