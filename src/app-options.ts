import type { SeedUser } from './accounts/users-file.js'
import type { Clock } from './clock.js'
import type { Config } from './config/config.js'
import type { Environment } from './config/environment.js'
import { socketPath } from './config/socket-path.js'
import type { FixtureClock } from './fixture/fixture-clock.js'

/** The dependencies of the service; every plugin gets them as its options. */
export interface AppOptions {
  environment: Environment
  /** The names of the settings read from a file, for the log. */
  fromDotenv?: readonly string[]
  clock: Clock
  /** Makes it a fixture for tests, whose clock is `clock`. */
  fixture?: FixtureOptions
}

/** The options with the settings of the environment, which are checked once. */
export interface ServiceOptions extends AppOptions {
  config: Config
  /** Takes each request for the operator's own. Such a service listens nowhere: only its own process can call it. */
  isOffline?: true
}

/**
 * Whether the service has the operator's calls. Where nobody could reach them, as in most fixtures, it does without: they take a
 * tenth of a start.
 */
export function hasOperatorCalls({ config, isOffline }: ServiceOptions): boolean {
  return isOffline === true || config.POSTERN_ADMIN === 'http' || socketPath(config) !== undefined
}

/** An initial user of a fixture: one as in the users file, at times with the secret of a second factor, in base32. */
export type InitialUser = SeedUser & { totp?: string | undefined }

/** The initial state of a fixture. */
export interface FixtureOptions {
  clock: FixtureClock
  users: readonly InitialUser[]
  /** Whether it is a namespace of another fixture, and so has none itself. */
  isNamespace?: boolean
}
