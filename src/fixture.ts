import type { Accounts } from './accounts/accounts.js'
import { normaliseUserName } from './accounts/user-name.js'
import { invalidArgument, ServiceError } from './errors/refusals.js'
import type { FixtureClock, FixtureClockState } from './fixture-clock.js'
import { createTokenForge, type Preset, payloadOf } from './fixture-tokens.js'
import type { KeyRing } from './keys/key-ring.js'
import type { Passwords } from './passwords/passwords.js'
import type { Sessions } from './sessions/sessions.js'
import type { Throttle } from './sign-in/throttle.js'
import type { Store, StoreContent, User } from './store/store.js'
import type { AccessClaims, AuthenticationMethod, Claims } from './tokens/claims.js'
import type { Tokens } from './tokens/tokens.js'

/** What a user is to be like; what is left out stays as it is. */
export interface FixtureUser {
  password?: string | undefined
  claims?: Readonly<Record<string, unknown>> | undefined
  active?: boolean | undefined
}

/** What a token is to be like. */
export interface FixtureToken {
  tokenType?: Claims['token_type'] | undefined
  authenticationMethod?: AuthenticationMethod | undefined
  /** Over the claims that it would have. */
  claims?: Readonly<Record<string, unknown>> | undefined
  /** In seconds. */
  expiresIn?: number | undefined
  /** What is wrong with it. */
  preset?: Preset | undefined
}

/** What a route is to do in the place of its work, so many times. */
export interface Fault {
  /** Method and pattern, such as `GET /token`. */
  route: string
  times: number
  /** Waits for so many real milliseconds before anything else. */
  delay?: number | undefined
  /** Answers with this status; without it, and without `drop`, the call is served after the delay. */
  status?: number | undefined
  /** Closes the connection without an answer. */
  drop?: boolean | undefined
}

/** A call that was made, without its secrets. */
export interface RecordedRequest {
  method: string
  path: string
  arguments: Record<string, unknown>
  status: number
}

/** What a test may do with a fixture beside its calls. All of it is at once. */
export interface Fixture {
  readonly clock: FixtureClock
  /** Makes or changes a user; a new password ends its tokens, as a change by itself does. @throws as `Accounts.register`. */
  putUser(name: string, user: FixtureUser): Promise<{ uid: string; isMade: boolean }>
  /** Removes a user as if it had never been. @throws `UserDoesNotExistError`. */
  removeUser(name: string): Promise<void>
  listUsers(): Promise<User[]>
  /** A token for a user, good or bad. @throws `UserDoesNotExistError`. */
  makeToken(name: string, token: FixtureToken): Promise<string>
  addFault(fault: Fault): void
  clearFaults(): void
  /** What a call of this route is to do now, if anything; it is taken off the count. */
  takeFault(route: string): Fault | undefined
  recordRequest(request: RecordedRequest): void
  /** The last 1,000, the oldest first. */
  readonly requests: readonly RecordedRequest[]
  clearRequests(): void
  /** Keeps users, tokens and clock under a name. */
  takeSnapshot(name: string): void
  /** @throws `SnapshotDoesNotExistError`. */
  restoreSnapshot(name: string): Promise<void>
  /** Back to how it was at `begin`: users, tokens, clock, faults and requests. Costs a copy of the records. */
  reset(): Promise<void>
  /** What there is now is what `reset` goes back to. */
  begin(): void
}

/** What a fixture is made of. */
export interface FixtureDependencies {
  clock: FixtureClock
  accounts: Accounts
  sessions: Sessions
  store: Store
  passwords: Passwords
  tokens: Tokens
  keys: KeyRing
  throttle: Throttle
}

interface Snapshot {
  content: StoreContent
  clock: FixtureClockState
}

const maxRequests = 1000
const client = { address: '127.0.0.1', userAgent: 'fixture' }

/** See `Fixture`. */
export function createFixture(dependencies: FixtureDependencies): Fixture {
  const { clock, accounts, sessions, store, passwords, tokens, keys, throttle } = dependencies
  const forge = createTokenForge(clock)
  const snapshots = new Map<string, Snapshot>()
  let beginning = take()
  let faults: Fault[] = []
  let requests: RecordedRequest[] = []

  function take(): Snapshot {
    return { content: store.capture(), clock: clock.capture() }
  }

  async function restore(snapshot: Snapshot): Promise<void> {
    await store.replaceAll(snapshot.content)
    clock.restore(snapshot.clock)
    throttle.forget()
  }

  async function requireUser(name: string): Promise<User> {
    const user = await store.findUserByName(normaliseUserName(name))
    if (user === undefined) throw new ServiceError('UserDoesNotExistError')
    return user
  }

  async function changed(user: User, { password, claims, active }: FixtureUser): Promise<User> {
    const isSame = password === undefined || (await passwords.verify(user.hash, password))
    return {
      ...user,
      ...(!isSame && { hash: await passwords.hash(password), gen: user.gen + 1 }),
      ...(claims !== undefined && { claims }),
      ...(active !== undefined && { active })
    }
  }

  async function goodToken(user: User, { tokenType, authenticationMethod = 'password' }: FixtureToken) {
    const access = tokens.issueAccessToken(user, authenticationMethod)
    if (tokenType !== 'refresh_token') return access
    return await sessions.issue(payloadOf(access) as unknown as AccessClaims, client)
  }

  return {
    clock,

    async putUser(name, user) {
      for (;;) {
        const known = await store.findUserByName(normaliseUserName(name))
        if (known === undefined) {
          const { password, claims, active } = user
          if (password === undefined) throw invalidArgument('pass', 'is missing')
          const given = { name, password, ...(claims && { claims }), ...(active !== undefined && { active }) }
          const made = await accounts.give(given)
          if (made.isMade) return { uid: made.user.uid, isMade: true }
        } else if (await store.replaceUser(known, await changed(known, user))) {
          return { uid: known.uid, isMade: false }
        }
      }
    },

    async removeUser(name) {
      const { uid } = await requireUser(name)
      const { users, sessions, ...others } = store.capture()
      await store.replaceAll({
        ...others,
        users: users.filter((user) => user.uid !== uid),
        sessions: sessions.filter((session) => session.uid !== uid)
      })
    },

    async listUsers() {
      return [...store.capture().users]
    },

    async makeToken(name, token) {
      const { claims = {}, expiresIn, preset } = token
      const good = await goodToken(await requireUser(name), token)
      const { iat } = payloadOf(good)
      const exp = expiresIn === undefined ? {} : { exp: Number(iat) + expiresIn }
      const made = await forge.remake(good, keys.signing, { ...claims, ...exp }, preset)
      if (preset === 'revoked') await sessions.revoke(made, client)
      return made
    },

    addFault(fault) {
      faults.push({ ...fault })
    },

    clearFaults() {
      faults = []
    },

    takeFault(route) {
      const fault = faults.find((fault) => fault.route === route)
      if (fault === undefined) return undefined
      fault.times -= 1
      if (fault.times <= 0) faults = faults.filter((other) => other !== fault)
      return fault
    },

    recordRequest(request) {
      requests.push(request)
      if (requests.length > maxRequests) requests.shift()
    },

    get requests() {
      return requests
    },

    clearRequests() {
      requests = []
    },

    takeSnapshot(name) {
      snapshots.set(name, take())
    },

    async restoreSnapshot(name) {
      const snapshot = snapshots.get(name)
      if (snapshot === undefined) throw new ServiceError('SnapshotDoesNotExistError')
      await restore(snapshot)
    },

    async reset() {
      await restore(beginning)
      faults = []
      requests = []
    },

    begin() {
      beginning = take()
    }
  }
}
