import { visibleText } from '../visible-text.js'
import type { Members } from './admin-client.js'
import { type AdminCommand, allOf, pagesOf, textOf } from './admin-command.js'
import { confirm } from './confirmation.js'
import { secondsIn } from './option-values.js'
import { jsonText, rowsText, timeText } from './output.js'
import type { Column } from './table.js'

const columns: readonly Column<Members>[] = [
  { title: 'ID', of: ({ id }) => textOf(id) },
  { title: 'User', of: ({ user }) => textOf(user), isCut: true },
  { title: 'E-mail', of: ({ email }) => textOf(email), isCut: true },
  { title: 'Groups', of: ({ groups }) => textOf(groups), isCut: true },
  { title: 'Ends', of: ({ expires_at }) => timeText(expires_at) }
]

/** Prints a link with which somebody makes an account: alone on standard output, with the words on standard error. */
export const invite: AdminCommand = async (client, { flags, output }) => {
  const expiresIn = secondsIn(flags['expires-in'])
  const { body } = await client.call('POST', '/admin/invites', {
    body: {
      ...(flags.user !== undefined && { user: flags.user }),
      ...(flags.email !== undefined && { email: flags.email }),
      ...(flags.group !== undefined && { groups: flags.group }),
      ...(expiresIn !== undefined && { expires_in: expiresIn })
    }
  })
  if (output.format === 'json') return jsonText(body)
  process.stderr.write(
    `The invitation ${visibleText(String(body.id))} works once, until ${timeText(body.expires_at)}.\n`
  )
  return `${visibleText(String(body.url))}\n`
}

/** Lists the invitations that are open. */
export const listInvitations: AdminCommand = async (client, { output }) => {
  const invites = await allOf(pagesOf(client, '/admin/invites', 'invites'))
  return output.format === 'json' ? jsonText({ invites }) : rowsText(columns, invites, output)
}

/** Ends an invitation. */
export const removeInvitation: AdminCommand = async (client, { operands: [id = ''], flags }) => {
  await confirm(`End the invitation ${visibleText(id)}?`, flags.yes)
  await client.call('DELETE', `/admin/invites/${encodeURIComponent(id)}`)
  return `The invitation ${visibleText(id)} has ended.\n`
}
