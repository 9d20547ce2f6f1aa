import { StartupError } from '../errors/startup-error.js'
import { visibleText } from '../visible-text.js'
import type { AdminClient, Members } from './admin-client.js'
import { type AdminCommand, allOf, pagesOf, textOf } from './admin-command.js'
import { confirm } from './confirmation.js'
import { secondsIn } from './option-values.js'
import { jsonText, rowsText, timeText } from './output.js'
import type { Column } from './table.js'

const columns: readonly Column<Members>[] = [
  { title: 'ID', of: ({ id }) => textOf(id) },
  { title: 'Name', of: ({ name }) => textOf(name), isCut: true },
  { title: 'Scopes', of: ({ scopes }) => textOf(scopes) },
  { title: 'Made', of: ({ created_at }) => timeText(created_at) },
  { title: 'Last used', of: ({ last_used_at }) => timeText(last_used_at) },
  { title: 'Ends', of: ({ expires_at }) => timeText(expires_at) }
]

/** Makes an API key, and prints it alone on standard output: nobody can see it again. */
export const addApiKey: AdminCommand = async (client, { operands: [name = ''], flags, output }) => {
  if (flags.scope === undefined)
    throw new StartupError('wrongSetting', 'api-key add takes at least one --scope')
  const expiresIn = secondsIn(flags['expires-in'])
  const { body } = await client.call('POST', '/admin/api-keys', {
    body: { name, scopes: flags.scope, ...(expiresIn !== undefined && { expires_in: expiresIn }) }
  })
  if (output.format === 'json') return jsonText(body)
  process.stderr.write(`The API key ${visibleText(name)} was made. Nobody can see it again:\n`)
  return `${visibleText(String(body.key))}\n`
}

/** Lists the API keys, without what makes them work. */
export const listApiKeys: AdminCommand = async (client, { output }) => {
  const keys = await readKeys(client)
  return output.format === 'json' ? jsonText({ api_keys: keys }) : rowsText(columns, keys, output)
}

/** Removes an API key by its name or its id. */
export const removeApiKey: AdminCommand = async (client, { operands: [operand = ''], flags }) => {
  const keys = await readKeys(client)
  // A name may look like the id of another key: the id is the surer one.
  const key = keys.find(({ id }) => id === operand) ?? keys.find(({ name }) => name === operand)
  if (key === undefined) throw new StartupError('keyRefused', `there is no API key ${visibleText(operand)}`)
  await confirm(`Remove the API key ${visibleText(String(key.name))}?`, flags.yes)
  await client.call('DELETE', `/admin/api-keys/${encodeURIComponent(String(key.id))}`)
  return `The API key ${visibleText(String(key.name))} is removed.\n`
}

async function readKeys(client: AdminClient): Promise<Members[]> {
  return await allOf(pagesOf(client, '/admin/api-keys', 'api_keys'))
}
