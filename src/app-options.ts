import type { SeedUser } from './accounts/users-file.js'
import type { Clock } from './clock.js'
import type { Config } from './config/config.js'
import type { Environment } from './config/environment.js'
import type { FixtureClock } from './fixture/fixture-clock.js'

/** The options of the service; every plugin gets them. */
export interface AppOptions {
  environment: Environment
  /** The names of the settings that a file gave, which the log tells. */
  fromDotenv?: readonly string[]
  clock: Clock
  /** Makes it a fixture for tests, whose clock is `clock`. */
  fixture?: FixtureOptions
}

/** The same with the settings of the environment, which are checked once. */
export interface ServiceOptions extends AppOptions {
  config: Config
}

/** The options of a fixture. */
export interface FixtureOptions {
  clock: FixtureClock
  users: readonly SeedUser[]
}
