import { visibleText } from '../visible-text.js'
import type { Members } from './admin-client.js'
import { type AdminCommand, membersOf, pathOfUser, textOf } from './admin-command.js'
import { jsonText, rowsText, timeText } from './output.js'
import type { Column } from './table.js'

const columns: readonly Column<Members>[] = [
  { title: 'ID', of: ({ jti }) => textOf(jti) },
  { title: 'Began', of: ({ issued_at }) => timeText(issued_at) },
  { title: 'Last used', of: ({ last_used_at }) => timeText(last_used_at) },
  { title: 'Ends', of: ({ expires_at }) => timeText(expires_at) },
  { title: 'Address', of: ({ address }) => textOf(address) },
  { title: 'Program', of: ({ user_agent }) => textOf(user_agent), isCut: true },
  { title: 'Kind', of: ({ kind }) => textOf(kind) }
]

/** Lists a user's sessions, those of browsers too. */
export const listSessions: AdminCommand = async (client, { operands: [name = ''], output }) => {
  const { body } = await client.call('GET', `${await pathOfUser(client, name)}/sessions`, {
    query: { kind: 'all' }
  })
  return output.format === 'json'
    ? jsonText(body)
    : rowsText(columns, membersOf(body, 'refresh_tokens'), output)
}

/** Ends one of a user's sessions. */
export const endSession: AdminCommand = async (client, { operands: [name = '', id = ''] }) => {
  await client.call('DELETE', `${await pathOfUser(client, name)}/sessions/${encodeURIComponent(id)}`)
  return `The session of ${visibleText(name)} has ended.\n`
}
