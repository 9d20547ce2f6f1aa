import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { BackupProblem, IdentityProblem } from '../backup/backup-problem.js'
import { decryptIfNeeded } from '../backup/encryption.js'
import { type ReadBackup, readBackup } from '../backup/read-backup.js'
import { loadConfig } from '../config/config.js'
import type { Environment } from '../config/environment.js'
import { storeSettings } from '../config/store-settings.js'
import { StartupError } from '../errors/startup-error.js'
import { openRestoration } from '../store/open-store.js'
import { visibleText } from '../visible-text.js'
import { timeText } from './output.js'

/**
 * Restores a backup into the empty store of these settings; gives the text to print.
 *
 * @param file its path, or `-` for standard input.
 * @param identity the path of a file with secret keys of age.
 * @throws `StartupError` for a file that cannot be read or opened (wrong setting), one that is no whole backup (damaged file);
 *   and as `openRestoration` and `Restoration.restore`. Then nothing was written.
 */
export async function restoreBackup(
  environment: Environment,
  file: string,
  identity: string | undefined
): Promise<string> {
  const settings = await storeSettings(loadConfig(environment))
  const identities = identity === undefined ? undefined : await readIdentities(identity)
  const restoration = await openRestoration(settings, Date.now)
  try {
    const { header, records, keys } = await read(file, identities)
    await restoration.restore({ knownTime: header.known_time, records, keys })
    const { user, session, signingKey } = header.counts
    const parts = `users: ${user}, sessions: ${session}, signing keys: ${signingKey}`
    return `${restoration.where} is as it was at ${timeText(header.made_at)} (${parts})\n`
  } finally {
    await restoration.close()
  }
}

async function read(file: string, identities: string | undefined): Promise<ReadBackup> {
  const chunks: AsyncIterable<Buffer> = file === '-' ? process.stdin : createReadStream(file)
  const name = file === '-' ? 'standard input' : visibleText(file)
  try {
    return await readBackup(await decryptIfNeeded(chunks, identities))
  } catch (cause) {
    if (cause instanceof BackupProblem) {
      const reason = cause instanceof IdentityProblem ? 'wrongSetting' : 'damagedFile'
      throw new StartupError(reason, `${name} cannot be restored: ${cause.message}`, { cause })
    }
    throw unreadable(name, cause)
  }
}

async function readIdentities(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable(visibleText(path), cause)
  })
}

function unreadable(name: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException
  if (code === undefined) return cause
  return new StartupError('wrongSetting', `${name} cannot be read (${code})`, { cause })
}
