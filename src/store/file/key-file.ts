import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Low } from 'lowdb'
import type { ScheduledKey } from '../../keys/key-ring.js'
import type { KeyStorage } from '../../keys/key-storage.js'
import { fromStoredJwk, type StoredJwk, toStoredJwk } from '../../keys/stored-jwk.js'
import { syncFolder } from '../../sync-folder.js'
import type { Acceptance } from '../driver.js'
import { notWritable } from './file-problems.js'
import { withFolderLock } from './folder-lock.js'
import { requireTrusted } from './folder-trust.js'
import { currentFormat, statedFormats } from './format.js'
import { JsonFile, type JsonFormat } from './json-file.js'

/**
 * A private JWK Set (RFC 7517 §5), with the generated keys of each algorithm that has ever been set. Release 0.1.0 wrote it
 * without a version, and without a checksum.
 */
interface KeyDocument {
  version?: number
  keys: StoredJwk[]
}

function isFormat(version: unknown): version is number | undefined {
  return version === undefined || statedFormats.has(version)
}

const keyFormat: JsonFormat<KeyDocument> = {
  stringify({ keys }) {
    return [`{\n"version": ${currentFormat},\n"keys": ${JSON.stringify(keys, null, 2)}`]
  },

  check({ version, keys }) {
    if (!isFormat(version)) throw new Error('/version is no known format')
    if (!Array.isArray(keys)) throw new Error('it is not a JSON Web Key Set')
    const seen = new Set<string>()
    for (const [index, stored] of keys.entries()) {
      const { key } = requireUsable(stored, index)
      if (seen.has(key.kid)) throw new Error(`/keys/${index} has the kid of another key`)
      seen.add(key.kid)
    }
    return { ...(version !== undefined && { version }), keys }
  }
}

function requireUsable(stored: StoredJwk, index: number): ScheduledKey {
  try {
    return fromStoredJwk(stored)
  } catch (error) {
    throw new Error(`/keys/${index} is no usable key: ${(error as Error).message}`)
  }
}

function keyFilePath(folder: string): string {
  return join(folder, 'keys.json')
}

/**
 * Keeps the keys in `keys.json` of a folder. Nothing is written if nothing changes. A change also throws `StartupError` for a
 * file that is no JWK Set of usable keys (damaged file), and when it cannot be written, or others could have written it
 * (folder not writable); and the file system's ENOENT where there is no folder.
 */
export function createKeyFile(folder: string): KeyStorage {
  return {
    // Without a checksum a flipped bit would go unnoticed.
    open: (change) =>
      changeDocument(folder, async (keys, version) => {
        const changed = await change(keys)
        return changed === keys && keys.length > 0 && version !== currentFormat ? [...keys] : changed
      }),

    read: () => changeDocument(folder, (keys) => keys),

    change: (change) => changeDocument(folder, change),

    // It differs once the file has been replaced: its inode does, or at least its time.
    async fingerprint() {
      try {
        const { ino, mtimeMs, size } = await stat(keyFilePath(folder))
        return `${ino} ${mtimeMs} ${size}`
      } catch (error) {
        return String((error as NodeJS.ErrnoException).code)
      }
    }
  }
}

/**
 * Takes `keys.json` as it is, whatever its checksum says; see `JsonFile.accept`.
 *
 * @throws as a change of `createKeyFile`.
 */
export function acceptKeys(folder: string): Promise<Acceptance> {
  return withFolderLock(folder, 'keys', () => new JsonFile(keyFilePath(folder), keyFormat).accept())
}

function changeDocument(
  folder: string,
  change: (
    keys: readonly ScheduledKey[],
    version?: number
  ) => readonly ScheduledKey[] | Promise<readonly ScheduledKey[]>
): Promise<readonly ScheduledKey[]> {
  return withFolderLock(folder, 'keys', async () => {
    await requireTrusted(folder)
    const db = new Low<KeyDocument>(new JsonFile(keyFilePath(folder), keyFormat), { keys: [] })
    await db.read()
    // A process that was killed may have replaced the file without having synced the folder; no token may be signed with a
    // key that a power failure takes away.
    if (db.data.keys.length > 0) await syncFolder(folder)
    const before = db.data.keys.map(fromStoredJwk)
    const after = await change(before, db.data.version)
    if (after === before) return before
    db.data = { keys: after.map(toStoredJwk) }
    await db.write().catch((error: unknown) => {
      throw notWritable(folder, error)
    })
    return after
  })
}
