import type { JsonWebKey } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Low } from 'lowdb'
import { isOf, type ScheduledKey } from '../../keys/key-ring.js'
import type { KeyChange } from '../../keys/key-storage.js'
import { type Algorithm, fromPrivateJwk, generateKey, toPrivateJwk } from '../../keys/signing-key.js'
import { syncFolder } from './data-folder.js'
import { notWritable } from './file-problems.js'
import { withFolderLock } from './folder-lock.js'
import { requireTrusted } from './folder-trust.js'
import { currentFormat } from './format.js'
import { type Acceptance, JsonFile, type JsonFormat } from './json-file.js'

/** A private JWK; `nbf` says from when it signs, and `iat` when it was made, in seconds since the epoch. */
interface StoredJwk extends JsonWebKey {
  nbf?: number
  iat?: number
}

/**
 * A private JWK Set (RFC 7517 §5), with the generated keys of each algorithm that has ever been set. Release 0.1.0 wrote it
 * without a version, and without a checksum.
 */
interface KeyDocument {
  version?: typeof currentFormat
  keys: StoredJwk[]
}

const keyFormat: JsonFormat<KeyDocument> = {
  stringify({ keys }) {
    return [`{\n"version": ${currentFormat},\n"keys": ${JSON.stringify(keys, null, 2)}`]
  },

  check({ version, keys }) {
    if (version !== undefined && version !== currentFormat) throw new Error('/version is no known format')
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
    return toScheduled(stored)
  } catch (error) {
    throw new Error(`/keys/${index} is no usable key: ${(error as Error).message}`)
  }
}

function keyFilePath(folder: string): string {
  return join(folder, 'keys.json')
}

/**
 * The generated keys in `keys.json` of the folder, after `change` has said which ones there should be; without it as they are.
 * Others that do the same, in this process or another one, wait for each other. Nothing is written if nothing changes.
 *
 * @throws `StartupError` for a file that is no JWK Set of usable keys (damaged file), and when it cannot be written, or others
 *   could have written it (folder not writable); and what `change` throws.
 */
export function changeKeys(
  folder: string,
  change: KeyChange = (keys) => keys
): Promise<readonly ScheduledKey[]> {
  return changeDocument(folder, change)
}

/**
 * Takes `keys.json` as it is, whatever its checksum says; see `JsonFile.accept`.
 *
 * @throws as `changeKeys`.
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
    const before = db.data.keys.map(toScheduled)
    const after = await change(before, db.data.version)
    if (after === before) return before
    db.data = { keys: after.map(toStored) }
    await db.write().catch((error: unknown) => {
      throw notWritable(folder, error)
    })
    return after
  })
}

/**
 * The generated keys of this algorithm in the folder; the first one is made and kept there. A file of an older format is written
 * anew, so that it has a checksum.
 *
 * @throws as `changeKeys`.
 */
export async function openGeneratedKeys(
  folder: string,
  algorithm: Algorithm,
  now: number
): Promise<readonly ScheduledKey[]> {
  const keys = await changeDocument(folder, async (keys, version) => {
    if (keys.some(isOf(algorithm))) return version === currentFormat ? keys : [...keys]
    return [...keys, { key: await generateKey(algorithm), signsFrom: 0, madeAt: now }]
  })
  return keys.filter(isOf(algorithm))
}

/** A fingerprint of the file. It differs once the file has been replaced: its inode does, or at least its time. */
export async function takeFingerprint(folder: string): Promise<string> {
  try {
    const { ino, mtimeMs, size } = await stat(keyFilePath(folder))
    return `${ino} ${mtimeMs} ${size}`
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

function toScheduled(stored: StoredJwk): ScheduledKey {
  const { nbf = 0, iat } = Object(stored) as StoredJwk
  if (!isTime(nbf) || !(iat === undefined || isTime(iat))) throw new Error('its nbf or iat is no time')
  return { key: fromPrivateJwk(stored), signsFrom: nbf, ...(iat !== undefined && { madeAt: iat }) }
}

function toStored({ key, signsFrom, madeAt }: ScheduledKey): StoredJwk {
  return { ...toPrivateJwk(key), nbf: signsFrom, ...(madeAt !== undefined && { iat: madeAt }) }
}

function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
