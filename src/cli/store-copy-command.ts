import { loadConfig } from '../config/config.js'
import type { Environment } from '../config/environment.js'
import { storeSettings } from '../config/store-settings.js'
import { StartupError } from '../errors/startup-error.js'
import type { RestoredContent } from '../store/driver.js'
import { openRestoration, openStore, requireStore } from '../store/open-store.js'
import { visibleText } from '../visible-text.js'
import { startProgress } from './progress.js'

type Places = { from?: string; to?: string }

/**
 * Copies everything from one store into another one, which is empty: with the same ids, generations, sessions and keys, so that tokens
 * that were issued before are good after. Gives the text to print.
 *
 * @throws `StartupError` (wrong setting) for what is no place, for two that are the same, and for a source that is not there; as `openStore`, and as `openRestoration`
 *   and `Restoration.restore`. Then nothing was written.
 */
export async function copyStore(environment: Environment, { from, to }: Places): Promise<string> {
  const source = await settingsOf('--from', from, environment)
  const target = await settingsOf('--to', to, environment)
  if (source.place === target.place) throw wrong('--from and --to name the same place')
  await requireStore(source)
  const restoration = await openRestoration(target, Date.now)
  try {
    const content = await read(source)
    const total = Object.values(content.records).reduce((sum, { length }) => sum + length, 0)
    const progress = await startProgress(total)
    try {
      await restoration.restore(content, progress.advance)
    } finally {
      progress.end()
    }
    const { users, sessions } = content.records
    const parts = `users: ${users.length}, sessions: ${sessions.length}, signing keys: ${content.keys.length}`
    return `${visibleText(restoration.where)} holds what ${visibleText(source.place)} holds (${parts})\n`
  } finally {
    await restoration.close()
  }
}

/** The content of a store as of one moment. A folder is locked meanwhile; a database may be in use. */
async function read(settings: Awaited<ReturnType<typeof settingsOf>>): Promise<RestoredContent> {
  const warn = (_: unknown, message: string) => process.stderr.write(`warning: ${visibleText(message)}\n`)
  const { store, keyStorage, close } = await openStore(settings, { clock: Date.now, warn })
  try {
    const { knownTime, ...lists } = await store.dump()
    const arrays = Object.entries(lists).map(([kind, list]) => [kind, [...list]])
    const records = Object.fromEntries(arrays) as RestoredContent['records']
    // After the store: a token of each session was signed with a key that is there by now.
    return { knownTime, records, keys: await keyStorage.change((keys) => keys) }
  } finally {
    await close()
  }
}

/** The settings of a place: `file:` and a path, the URL of a database, or `postgres:` for that of the settings. */
async function settingsOf(option: string, place: string | undefined, environment: Environment) {
  if (place === undefined) throw wrong('store copy takes --from and --to')
  const {
    POSTERN_DATABASE_URL: url,
    POSTERN_DATABASE_URL_FILE: urlFile,
    POSTERN_DATABASE_DIRECT_URL: _,
    POSTERN_DATABASE_DIRECT_URL_FILE: __,
    ...others
  } = environment
  if (place.startsWith('file:') && place !== 'file:') {
    const folder = place.slice('file:'.length)
    return await load({ ...others, POSTERN_STORE: 'file', POSTERN_DATA_DIR: folder })
  }
  if (place === 'postgres:') {
    return await load({
      ...others,
      POSTERN_STORE: 'postgres',
      POSTERN_DATABASE_URL: url,
      POSTERN_DATABASE_URL_FILE: urlFile
    })
  }
  if (!/^postgres(ql)?:\/\//.test(place)) {
    throw wrong(
      `${option} takes file:FOLDER, postgres://user:password@host/database, or postgres: for the one of POSTERN_DATABASE_URL`
    )
  }
  return await load({ ...others, POSTERN_STORE: 'postgres', POSTERN_DATABASE_URL: place })
}

async function load(environment: Environment) {
  return await storeSettings(loadConfig(environment))
}

function wrong(message: string): StartupError {
  return new StartupError('wrongSetting', message)
}
