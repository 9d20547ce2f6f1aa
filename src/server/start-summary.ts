import type { FastifyInstance } from 'fastify'
import { changedSettings } from '../config/changed-settings.js'
import type { Environment } from '../config/environment.js'
import { storeSettings } from '../config/store-settings.js'
import { publicUrl } from '../http/public-url.js'
import { serverAddress } from '../http/server-address.js'
import { visibleText } from '../visible-text.js'
import { createPaint } from './colours.js'

/** A started service for the person at the terminal: its address, its data, and its settings, without a secret. */
export async function startSummary(
  app: FastifyInstance,
  environment: Environment,
  hasColours: boolean
): Promise<string> {
  const paint = createPaint(hasColours)
  const url = serverAddress(app)
  const { POSTERN_DOCS: docs, POSTERN_REGISTRATION: registration } = app.config
  const settings = changedSettings(environment).map(({ name, value }) =>
    value === undefined ? `${name} (set)` : `${name}=${value}`
  )
  const rows: [string, string][] = [
    ['sign-in', app.pages === null ? 'off' : `${publicUrl(app)}/sign-in`],
    ['docs', docs === 'on' ? `${url}/docs` : 'off'],
    ['data', await describeData(app)],
    ['registration', registration === 'open' ? 'open: everybody can sign up' : 'closed'],
    ['settings', settings.join(', ') || 'all at their defaults']
  ]
  return [
    `Postern is listening on ${paint('bold', url)}`,
    ...rows.map(([name, text]) => `  ${paint('dim', name.padEnd(12))}  ${visibleText(text)}`),
    ''
  ].join('\n')
}

async function describeData({ config, store, isNewStore }: FastifyInstance): Promise<string> {
  const count = await store.countUsers()
  const users = `${count} ${count === 1 ? 'user' : 'users'}`
  if (config.POSTERN_STORE === 'memory') return `in memory, gone when the service ends; ${users}`
  return `${(await storeSettings(config)).place}, ${isNewStore ? 'made just now' : 'opened'}; ${users}`
}
