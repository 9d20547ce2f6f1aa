import { isUtf8 } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { type Clock, createCautiousClock, toSeconds, type Uptime } from '../clock.js'
// biome-ignore lint/style/noRestrictedImports: until settings are handed on as plain options
import type { Config } from '../config/config.js'
import { StartupError } from '../errors/startup-error.js'
// biome-ignore lint/style/noRestrictedImports: until src/store/open-store.ts decides where keys are kept
import { changeKeys, openGeneratedKeys, takeFingerprint } from '../store/file/key-file.js'
import { isOf, type ScheduledKey } from './key-ring.js'
import { dropExpiredKeys, rotateKeys } from './key-rotation.js'
import type { KeyStorage } from './key-storage.js'
import { generateKey, importKey, type SigningKey } from './signing-key.js'

/** Where the keys come from. */
export interface KeySource {
  /** The keys of the algorithm that is set, as they were at the start. */
  readonly keys: readonly ScheduledKey[]
  /**
   * Makes a new key if one is due, and drops those whose last token has expired. The keys as they are now, if they have
   * changed since the last call, by this or by another process; else undefined. Mostly it costs a look at the file's time.
   *
   * @throws as `changeKeys`; after that it does nothing for a minute, unless the file changes.
   */
  refresh(): Promise<readonly ScheduledKey[] | undefined>
  /** Goes on with these keys, as after a reset of a fixture. Keys that are kept, or given, stay as they are. */
  replace(keys: readonly ScheduledKey[]): void
}

/** The longest lifetime of a token, in seconds. */
export function longestTtl({ POSTERN_ACCESS_TOKEN_TTL, POSTERN_REFRESH_TOKEN_TTL }: Config): number {
  return Math.max(POSTERN_ACCESS_TOKEN_TTL, POSTERN_REFRESH_TOKEN_TTL)
}

/**
 * The key that is set; else those in the data folder, or, without one, a new key that is kept nowhere.
 *
 * @throws `StartupError` (wrong setting) for a key that does not fit; and as `openGeneratedKeys`.
 */
export async function openKeySource(
  config: Config,
  folder: string | undefined,
  clock: Clock,
  uptime: Uptime = () => performance.now()
): Promise<KeySource> {
  const given = await importGivenKey(config)
  if (given !== undefined) {
    return { keys: [{ key: given, signsFrom: 0 }], refresh: async () => undefined, replace: () => {} }
  }
  const { POSTERN_ALGORITHM: algorithm } = config
  const now = toSeconds(clock())
  const clocks = { clock, cautiousClock: createCautiousClock(clock, uptime) }
  if (folder === undefined) {
    const first = { key: await generateKey(algorithm), signsFrom: 0, madeAt: now }
    return createRotatingSource(config, clocks, [first], createMemory([first]))
  }
  return createRotatingSource(config, clocks, await openGeneratedKeys(folder, algorithm, now), {
    change: (change) => changeKeys(folder, change),
    fingerprint: () => takeFingerprint(folder)
  })
}

/** The key that is set; undefined if none is. @throws `StartupError` (wrong setting). */
export async function importGivenKey({
  POSTERN_ALGORITHM,
  POSTERN_SIGNING_KEY,
  POSTERN_SIGNING_KEY_FILE
}: Config): Promise<SigningKey | undefined> {
  if (POSTERN_SIGNING_KEY !== undefined) {
    return importKey(POSTERN_SIGNING_KEY, POSTERN_ALGORITHM, 'POSTERN_SIGNING_KEY')
  }
  if (POSTERN_SIGNING_KEY_FILE === undefined) return undefined
  return importKey(await readKey(POSTERN_SIGNING_KEY_FILE), POSTERN_ALGORITHM, 'POSTERN_SIGNING_KEY_FILE')
}

interface KeyMemory extends KeyStorage {
  replace(keys: readonly ScheduledKey[]): void
}

function createMemory(keys: readonly ScheduledKey[]): KeyMemory {
  let kept = keys
  return {
    async change(change) {
      const before = kept
      const changed = await change(before)
      // A change of keys that were replaced meanwhile is one of other keys.
      if (kept === before) kept = changed
      return kept
    },
    fingerprint: async () => '',
    replace(keys) {
      kept = keys
    }
  }
}

const pauseAfterFailure = 60_000

function createRotatingSource(
  config: Config,
  { clock, cautiousClock }: { clock: Clock; cautiousClock: Clock },
  first: readonly ScheduledKey[],
  storage: KeyStorage | KeyMemory
): KeySource {
  const { POSTERN_ALGORITHM: algorithm, POSTERN_KEY_PUBLISH_AHEAD: publishAhead } = config
  const rotationPeriod = config.POSTERN_KEY_ROTATION_DAYS * 86_400
  const tokenTtl = longestTtl(config)
  const now = () => toSeconds(clock())

  let keys = first
  // Of what was looked at last; nothing so far, since the file may have changed since the keys were read.
  let fingerprint: string | undefined
  let pausedUntil = 0

  function isDue(scheduled: readonly ScheduledKey[]): boolean {
    // Where there is none the file is not what it was, and no key may be made in the place of those in use.
    if (rotationPeriod === 0 || scheduled.length === 0) return false
    // One of the future was made while the clock was ahead.
    const times = scheduled
      .map(({ madeAt, signsFrom }) => madeAt ?? signsFrom)
      .filter((time) => time <= now())
    return Math.max(0, ...times) + rotationPeriod <= now()
  }

  // What is dropped is gone for good, even if the clock is then set back.
  function withoutExpired(scheduled: readonly ScheduledKey[]): readonly ScheduledKey[] {
    return dropExpiredKeys(scheduled, { algorithm, now: toSeconds(cautiousClock()), tokenTtl })
  }

  async function renewed(all: readonly ScheduledKey[]): Promise<readonly ScheduledKey[]> {
    const living = withoutExpired(all)
    return isDue(living.filter(isOf(algorithm)))
      ? await rotateKeys(living, { algorithm, now: now(), publishAhead })
      : living
  }

  return {
    keys: first,

    async refresh() {
      const seen = await storage.fingerprint()
      if (seen === fingerprint) {
        if (performance.now() < pausedUntil) return undefined
        if (withoutExpired(keys) === keys && !isDue(keys)) return undefined
      }
      fingerprint = seen
      pausedUntil = performance.now() + pauseAfterFailure
      const own = (await storage.change(renewed)).filter(isOf(algorithm))
      if (own.length === 0) throw new Error(`keys.json holds no key for ${algorithm}`)
      pausedUntil = 0
      if (isSame(own, keys)) return undefined
      keys = own
      return own
    },

    replace(replacement) {
      if (!('replace' in storage)) return
      storage.replace(replacement)
      keys = replacement
    }
  }
}

function isSame(some: readonly ScheduledKey[], others: readonly ScheduledKey[]): boolean {
  const describe = (keys: readonly ScheduledKey[]) =>
    keys.map(({ key, signsFrom }) => `${key.kid} ${signsFrom}`)
  return describe(some).join() === describe(others).join()
}

async function readKey(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new StartupError('wrongSetting', `POSTERN_SIGNING_KEY_FILE cannot be read (${cause.code})`, {
      cause
    })
  })
  // Bytes that are no text would all become U+FFFD: a weaker secret, and not the one that verifiers are given.
  if (!isUtf8(bytes)) {
    const message = 'POSTERN_SIGNING_KEY_FILE takes a file of text, such as `openssl rand -base64 64` writes'
    throw new StartupError('wrongSetting', message)
  }
  // Most editors and `echo` end a file with a line break, which is no part of a secret.
  return bytes.toString().replace(/\r?\n$/, '')
}
