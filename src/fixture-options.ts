import type { GivenUser } from './accounts/users-file.js'
import type { AppOptions } from './app-options.js'
import type { Clock } from './clock.js'
import { type Environment, loadConfig } from './config/config.js'
import { StartupError } from './errors/refusals.js'
import { requireFixtureHost } from './fixture-access.js'
import { createFixtureClock } from './fixture-clock.js'

// What a test does not want to wait for, or to be held up by. The environment wins.
const defaults: Environment = {
  POSTERN_PORT: '0',
  POSTERN_LOG_LEVEL: 'error',
  POSTERN_HASH_MEMORY_KIB: '8',
  POSTERN_HASH_ITERATIONS: '1',
  POSTERN_LOGIN_MAX_FAILURES: '0',
  POSTERN_MAX_EVENT_LOOP_DELAY: '0'
}

/** What a fixture is made from; `now` is where its clock begins, in milliseconds since the epoch. */
export interface FixtureSettings {
  environment: Environment
  clock: Clock
  now?: number | undefined
  users?: readonly GivenUser[] | undefined
}

/**
 * The options of a service that is a fixture for tests: it keeps nothing, hashes cheaply, throttles nobody, and can be
 * controlled.
 *
 * @throws `StartupError` (wrong setting), also for a host that others can reach without a secret.
 */
export function fixtureOptions({ environment, clock: base, now, users = [] }: FixtureSettings): AppOptions {
  const settings = { ...defaults, ...environment, POSTERN_STORE: 'memory' }
  if (environment.POSTERN_STORE === 'file') {
    throw new StartupError('wrongSetting', 'a fixture keeps nothing: POSTERN_STORE=file is not for it')
  }
  requireFixtureHost(loadConfig(settings))
  const clock = createFixtureClock(base, now)
  return { environment: settings, clock, fixture: { clock, users } }
}
