import type { FastifyInstance } from 'fastify'
import { type GivenUser, requireUsers } from './accounts/users-file.js'
import type { Environment } from './config/config.js'
import type { Fault, Fixture, FixtureToken, RecordedRequest } from './fixture.js'
import { fixtureOptions } from './fixture-options.js'
import { serverAddress } from './http/server-address.js'
import type { Algorithm } from './keys/signing-key.js'
import { start } from './server.js'

/** A point in time: a date, milliseconds since the epoch, or ISO 8601. */
export type Time = Date | number | string

/** What a Postern for tests begins with. */
export interface PosternOptions {
  /** By their names: a password, or more than that. */
  users?: Record<string, string | Omit<GivenUser, 'name'>>
  /** `ES256` unless told otherwise. */
  algorithm?: Algorithm
  /** Any free one unless told otherwise. */
  port?: number
  /** Where its clock begins; it runs on from there. */
  now?: Time
  /** Any settings by the names of their variables; those of the process are not looked at. */
  env?: Environment
}

/** What is to happen to calls of a route, such as `GET /token`: once, unless told otherwise. */
export type FaultOptions = Omit<Fault, 'times'> & { times?: number }

/** A Postern that runs in this process, for tests: the very server, with a store in memory, and means to control it. */
export interface Postern {
  /** Where it listens. */
  readonly url: string
  /** Where its public keys are. */
  readonly jwksUrl: string
  /** For `inject`. */
  readonly app: FastifyInstance
  /** What expiry, revocation, rotation and the throttle go by. */
  readonly clock: {
    now(): Date
    set(time: Time): void
    /** By seconds. */
    advance(seconds: number): void
    /** Stops it, or, with `false`, has it run on. */
    freeze(isFrozen?: boolean): void
    reset(): void
  }
  /** The last 1,000 calls, the oldest first, without their secrets. */
  readonly requests: readonly RecordedRequest[]
  /** A token for a user, good unless a preset says otherwise. @throws `ServiceError` (UserDoesNotExistError). */
  token(user: string, options?: FixtureToken): Promise<string>
  /** The header that presents such a token. @throws as `token`. */
  authHeader(user: string, options?: FixtureToken): Promise<{ authorization: string }>
  /** Has calls of a route fail, or be late. */
  fail(fault: FaultOptions): void
  /** Keeps users, tokens and clock, under a name. */
  snapshot(name?: string): void
  /** Back to that. @throws `ServiceError` (SnapshotDoesNotExistError). */
  restore(name?: string): Promise<void>
  /** Back to how it began: users, tokens, clock, faults, requests. */
  reset(): Promise<void>
  /** Answers what it has accepted, and ends; a second time does nothing. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a Postern for tests on a loopback address. Any number of them may run in one process: they share nothing.
 *
 * @throws `StartupError` for a setting or a user that is wrong, or a port that is taken.
 */
export async function startPostern(options: PosternOptions = {}): Promise<Postern> {
  const { users = {}, algorithm, port, now, env = {} } = options
  const app = await start(
    fixtureOptions({
      environment: {
        ...env,
        ...(algorithm !== undefined && { POSTERN_ALGORITHM: algorithm }),
        ...(port !== undefined && { POSTERN_PORT: String(port) })
      },
      clock: Date.now,
      now: now === undefined ? undefined : toMilliseconds(now),
      users: requireUsers(Object.entries(users).map(toGivenUser))
    })
  )
  return describe(app, app.fixture as Fixture)
}

function describe(app: FastifyInstance, fixture: Fixture): Postern {
  const url = serverAddress(app)
  const token = (user: string, options: FixtureToken = {}) => fixture.makeToken(user, options)
  const stop = () => app.close()
  return {
    url,
    jwksUrl: `${url}/.well-known/jwks.json`,
    app,
    clock: {
      now: () => new Date(fixture.clock()),
      set: (time) => fixture.clock.set(toMilliseconds(time)),
      advance: (seconds) => fixture.clock.advance(seconds),
      freeze: (isFrozen) => fixture.clock.freeze(isFrozen),
      reset: () => fixture.clock.reset()
    },
    get requests() {
      return fixture.requests
    },
    token,
    authHeader: async (user, options) => ({ authorization: `Bearer ${await token(user, options)}` }),
    fail: ({ times = 1, ...fault }) => fixture.addFault({ ...fault, times }),
    snapshot: (name = '') => fixture.takeSnapshot(name),
    restore: (name = '') => fixture.restoreSnapshot(name),
    reset: () => fixture.reset(),
    stop,
    [Symbol.asyncDispose]: stop
  }
}

function toGivenUser([name, user]: [string, string | Omit<GivenUser, 'name'>]): GivenUser {
  return typeof user === 'string' ? { name, password: user } : { ...user, name }
}

function toMilliseconds(time: Time): number {
  const milliseconds = typeof time === 'number' ? time : new Date(time).getTime()
  if (Number.isNaN(milliseconds)) throw new RangeError('a time is a Date, milliseconds, or ISO 8601')
  return milliseconds
}
