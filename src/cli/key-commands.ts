import { resolve } from 'node:path'
import { type Config, loadConfig, longestTtl, storeSettings } from '../config/config.js'
import type { Environment } from '../config/environment.js'
import { loadGivenKey } from '../config/given-key.js'
import { StartupError } from '../errors/startup-error.js'
import { endsOf, inOrder, isOf, type ScheduledKey, signingAt, toKeySet } from '../keys/key-ring.js'
import { retireKey, rotateKeys } from '../keys/key-rotation.js'
import type { KeyChange } from '../keys/key-storage.js'
import { openKeyStorage } from '../store/open-store.js'

/** The operator's commands for the keys, also while the service runs. Each returns the text to print. */
export interface KeyCommands {
  /** A line for each key, the oldest first. */
  list(): Promise<string>
  /** Makes the next key. @throws `StartupError` (key refused) while there is one already. */
  rotate(): Promise<string>
  /** Removes a key. @throws `StartupError` (key refused) for an unknown one, and for the only one. */
  retire(kid: string): Promise<string>
  /** The public keys, as a JWK Set (RFC 7517 §5), or as PEM (SPKI). @throws `StartupError` (key refused): PEM of HMAC keys. */
  export(format: 'jwks' | 'pem'): Promise<string>
}

/**
 * The commands for the service of these settings.
 *
 * @throws `StartupError` (wrong setting); each command also as `openKeyStorage` and `KeyStorage.change`, and (wrong setting) where it needs keys in the
 *   data folder and there are none.
 */
export function createKeyCommands(environment: Environment, now: number): KeyCommands {
  const config = loadConfig(environment)
  const { POSTERN_ALGORITHM: algorithm, POSTERN_KEY_PUBLISH_AHEAD: publishAhead } = config
  const folder = resolve(config.POSTERN_DATA_DIR)

  async function readKeys(): Promise<readonly ScheduledKey[]> {
    const given = await loadGivenKey(config)
    if (given !== undefined) return [{ key: given, signsFrom: 0 }]
    return inOrder((await changeStored((keys) => keys)).filter(isOf(algorithm)))
  }

  async function changeStored(change: KeyChange): Promise<readonly ScheduledKey[]> {
    requireGeneratedKeys(config)
    const storage = await openKeyStorage(storeSettings(config))
    return await storage
      .change((keys) => {
        if (!keys.some(isOf(algorithm))) throw noKeys(folder, config)
        return change(keys)
      })
      .catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'ENOENT' ? noKeys(folder, config) : error
      })
  }

  return {
    async list() {
      const keys = await readKeys()
      const ends = endsOf(keys, longestTtl(config))
      const signing = signingAt(keys, now)
      return keys
        .map((scheduled, index) => {
          const { key, signsFrom } = scheduled
          const state =
            scheduled === signing
              ? 'signs'
              : signsFrom > now
                ? `signs from ${toText(signsFrom)}`
                : `verifies until ${toText(Number(ends[index]))}`
          return `${key.kid}  ${key.algorithm}  ${state}\n`
        })
        .join('')
    },

    async rotate() {
      const keys = await changeStored((keys) => rotateKeys(keys, { algorithm, now, publishAhead }))
      const made = keys.at(-1) as ScheduledKey
      return `${made.key.kid}  ${made.key.algorithm}  signs from ${toText(made.signsFrom)}\n`
    },

    async retire(kid) {
      await changeStored((keys) => retireKey(keys, kid, { algorithm, now }))
      return `${kid} is retired: its tokens are refused\n`
    },

    async export(format) {
      const keys = (await readKeys()).map(({ key }) => key)
      if (format === 'jwks') return `${toKeySet(keys)}\n`
      if (keys.some(({ publicKey }) => publicKey === null)) {
        throw new StartupError('keyRefused', `a key for ${algorithm} has no public part`)
      }
      return keys.map(({ publicKey }) => publicKey).join('')
    }
  }
}

function requireGeneratedKeys({ POSTERN_SIGNING_KEY, POSTERN_SIGNING_KEY_FILE }: Config): void {
  if (POSTERN_SIGNING_KEY === undefined && POSTERN_SIGNING_KEY_FILE === undefined) return
  throw new StartupError(
    'wrongSetting',
    'the key is the one that POSTERN_SIGNING_KEY or POSTERN_SIGNING_KEY_FILE gives: change it there'
  )
}

function noKeys(folder: string, { POSTERN_ALGORITHM }: Config): StartupError {
  const message = `there is no key for ${POSTERN_ALGORITHM} in ${folder}: the service makes it when it first starts`
  return new StartupError('wrongSetting', message)
}

function toText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '')
}
