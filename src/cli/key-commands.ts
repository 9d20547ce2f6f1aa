import { type Config, loadConfig, longestTtl } from '../config/config.js'
import type { Environment } from '../config/environment.js'
import { hasGivenKey, loadGivenKey } from '../config/given-key.js'
import { storeSettings } from '../config/store-settings.js'
import { Refusal } from '../errors/refusals.js'
import { StartupError } from '../errors/startup-error.js'
import { inOrder, isOf, type ScheduledKey, toKeySet } from '../keys/key-ring.js'
import { retireKey, rotateKeys } from '../keys/key-rotation.js'
import { type KeyState, keyStates } from '../keys/key-states.js'
import type { KeyChange } from '../keys/key-storage.js'
import { changeKeys } from '../store/open-store.js'
import { timeText } from './output.js'

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
 * @throws `StartupError` (wrong setting); each command also as `changeKeys`, and (wrong setting) where it needs keys in the
 *   data folder and there are none.
 */
export function createKeyCommands(environment: Environment, now: number): KeyCommands {
  const config = loadConfig(environment)
  const { POSTERN_ALGORITHM: algorithm, POSTERN_KEY_PUBLISH_AHEAD: publishAhead } = config

  async function readKeys(): Promise<readonly ScheduledKey[]> {
    const given = await loadGivenKey(config)
    if (given !== undefined) return [{ key: given, signsFrom: 0 }]
    return inOrder((await changeStored((keys) => keys)).filter(isOf(algorithm)))
  }

  async function changeStored(change: KeyChange): Promise<readonly ScheduledKey[]> {
    requireGeneratedKeys(config)
    const settings = await storeSettings(config)
    return await changeKeys(settings, Date.now, (keys) => {
      if (!keys.some(isOf(algorithm))) throw noKeys(settings.place, config)
      return change(keys)
    }).catch((error: NodeJS.ErrnoException) => {
      if (error instanceof Refusal) throw new StartupError('keyRefused', error.message, { cause: error })
      throw error.code === 'ENOENT' ? noKeys(settings.place, config) : error
    })
  }

  return {
    async list() {
      return keyStates(await readKeys(), now, longestTtl(config))
        .map(describeKey)
        .join('')
    },

    async rotate() {
      const keys = await changeStored((keys) => rotateKeys(keys, { algorithm, now, publishAhead }))
      const { key, signsFrom } = keys.at(-1) as ScheduledKey
      return describeKey({ kid: key.kid, algorithm, state: 'waits', signsFrom })
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

function requireGeneratedKeys(config: Config): void {
  if (!hasGivenKey(config)) return
  throw new StartupError(
    'wrongSetting',
    'the key is the one that POSTERN_SIGNING_KEY or POSTERN_SIGNING_KEY_FILE gives: change it there'
  )
}

function noKeys(place: string, { POSTERN_ALGORITHM }: Config): StartupError {
  const message = `there is no key for ${POSTERN_ALGORITHM} in ${place}: the service makes it when it first starts`
  return new StartupError('wrongSetting', message)
}

/** A line that says what a key does. */
export function describeKey({ kid, algorithm, state, signsFrom, verifiesUntil }: KeyState): string {
  const does = {
    signs: 'signs',
    waits: `signs from ${timeText(signsFrom)}`,
    verifies: `verifies until ${timeText(verifiesUntil)}`
  }[state]
  return `${kid}  ${algorithm}  ${does}\n`
}
