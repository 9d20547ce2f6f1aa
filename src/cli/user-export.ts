import type { AdminCommand } from './admin-command.js'
import { pagesOf } from './admin-command.js'
import { jsonLine } from './output.js'

/** Prints all accounts as `user import` takes them, one a line. */
export const exportUsers: AdminCommand = async (client, { flags }) =>
  exportLines(client, flags['with-hashes'])

async function* exportLines(client: Parameters<AdminCommand>[0], hasHashes: boolean | undefined) {
  for await (const users of pagesOf(client, '/admin/users', 'users', { with_hashes: hasHashes })) {
    yield users.map(({ has_password: _, ...account }) => jsonLine(account)).join('')
  }
}
