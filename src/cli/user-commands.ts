import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { AppOptions, ServiceOptions } from '../app-options.js'
import { type Config, loadConfig, storeSettings } from '../config/config.js'
import { Refusal } from '../errors/refusals.js'
import { StartupError } from '../errors/startup-error.js'
import { createCore } from '../server/server.js'
import { requireKeptUsers } from '../store/open-store.js'
import { visibleText } from '../visible-text.js'

// In characters of 6 random bits each.
const generatedLength = 20

/**
 * Makes a user in the data folder, whether or not registration is open to others. The password is asked for at a terminal, read
 * from standard input, or generated; then standard output gets it alone, and standard error the words.
 *
 * @returns the text to print.
 * @throws `StartupError` when the service cannot start on the folder, most likely because it is running; when the store
 *   keeps nothing (wrong setting), the disk fails (folder not writable), or the name or password is refused (user
 *   refused).
 */
export async function addUser(options: AppOptions, name: string, isGenerated: boolean): Promise<string> {
  const environment = { ...options.environment, POSTERN_REGISTRATION: 'open' }
  const config = loadConfig(environment)
  requireKeptUsers(storeSettings(config))
  const password = isGenerated ? generatePassword(config) : await readPassword(name)
  await register({ ...options, environment, config }, name, password)
  const words = `The user ${visibleText(name)} was made in ${resolve(config.POSTERN_DATA_DIR)}.\n`
  if (!isGenerated) return words
  process.stderr.write(words)
  return `${password}\n`
}

async function register(options: ServiceOptions, name: string, password: string): Promise<void> {
  const app = await createCore(options)
  try {
    await app.ready()
    await app.accounts.register(name, password)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const reason = error.name === 'StoreUnavailableError' ? 'folderNotWritable' : 'userRefused'
    throw new StartupError(reason, error.message, { cause: error })
  } finally {
    await app.close()
  }
}

function generatePassword({ POSTERN_PASSWORD_MIN_LENGTH: minLength }: Config): string {
  const length = Math.max(generatedLength, minLength)
  return randomBytes(length).toString('base64url').slice(0, length)
}

async function readPassword(name: string): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '')
  const { askForPassword } = await import('./password-prompt.js')
  return await askForPassword(visibleText(name))
}
