import { Refusal, retryLater } from '../errors/refusals.js'
import { hostOf } from '../networks.js'
import type { Allowance, FailureCounts } from './failure-counts.js'
import { type FailureKeys, failureKeys, keyOf, networkKey } from './failure-keys.js'
import { createSignUpLimit, type SignUpLimit, type SignUpLimitOptions } from './sign-up-limit.js'

/** A login attempt. */
export interface Attempt {
  /** In NFC; the user need not exist. */
  name: string
  /** The client's IP address. */
  address: string
  /** The token generation of the account, if there is one: knowledge of an older one no longer counts. */
  gen?: number | undefined
}

/** The limits of failures and sign-ups; the window is in seconds. */
export interface ThrottleOptions extends SignUpLimitOptions {
  /** 0: no limit. */
  maxFailures: number
  /** The addresses of a user's current sessions, looked up only when an attempt would be delayed. */
  addressesOf(name: string): Promise<readonly string[]>
}

/**
 * Slows down guessing, without letting a stranger lock anybody out. It counts failures four times:
 *
 * - By name and address. After `maxFailures` that address waits for the end of the window.
 * - By name and wider network, the /24 or /48. After twice as many each further one has this network wait, twice as long each
 *   time, up to a minute.
 * - By name. After twice `maxFailures` one failure a second is borne from all wider networks with failures for the name, and one
 *   from those without in each /16 or /32. So strangers take a share of the attempts, and who guesses from many providers has
 *   as many shares.
 * - By network (`Networks`), over all names and client secrets. After 100 each further one has this network wait, as above.
 *
 * Only the first applies to an address from which the user has logged in since the last change of the token generation, or has
 * a session. It bounds sign-ups, too, by network.
 */
export interface Throttle extends SignUpLimit {
  /** Requires that the attempt may be made. @throws `TooManyFailuresError` with `Retry-After`. */
  requireAllowed(attempt: Attempt): Promise<void>
  /**
   * The outcome of a verification, which it counts: a failure in all four ways, a success by forgetting the failures of the
   * name and the address. Of verifications at the same time no more begin than there are failures left, and the others
   * wait for one of them to end.
   *
   * @throws as `requireAllowed`, without verifying; and the errors of the verification, which count as neither.
   */
  judge(attempt: Attempt, verification: () => Promise<boolean>): Promise<boolean>
  /**
   * The outcome of the authentication of an OAuth client: its id, or undefined if no credentials were presented. A wrong
   * secret counts for the network of the address. A client is never delayed at an address at which it has authenticated.
   *
   * @throws `TooManyFailuresError` with `Retry-After`, whether or not the secret is right; and what `authenticate` throws.
   */
  judgeClient(address: string, authenticate: () => string | undefined): Promise<string | undefined>
  /** Forgets all failures and sign-ups. */
  forget(): void
}

const maxKnown = 100_000

/** See `Throttle`. */
export function createThrottle(options: ThrottleOptions): Throttle {
  const { maxFailures, window, clock, networks, addressesOf } = options
  const signUps = createSignUpLimit(options)
  if (maxFailures === 0) return { ...off, ...signUps }
  let counts: Promise<FailureCounts> | undefined
  const known = new Set<string>()
  const knownClients = new Set<string>()
  const ongoing = new Map<string, Set<Promise<void>>>()
  let ended = 0

  // Loaded with the first login: the limiter comes with all its back ends.
  function load(): Promise<FailureCounts> {
    counts ??= import('./failure-counts.js').then(({ createFailureCounts }) =>
      createFailureCounts({ maxFailures, window, clock })
    )
    return counts
  }

  async function isKnown({ name, address, gen }: Attempt, { host }: FailureKeys): Promise<boolean> {
    if (known.has(knownKey(host, gen))) return true
    const addresses = await addressesOf(name)
    return addresses.some((other) => hostOf(other) === hostOf(address))
  }

  async function allowancesOf(attempt: Attempt, keys: FailureKeys): Promise<Allowance[]> {
    const failures = await load()
    const own = await failures.own(keys)
    const shared = await failures.shared(keys)
    return shared.length === 0 || (await isKnown(attempt, keys)) ? [own] : [own, ...shared]
  }

  /** Waits until the attempt may begin, and has those that come wait for it where it might use up what is left. */
  async function begin(attempt: Attempt, keys: FailureKeys): Promise<() => void> {
    for (;;) {
      const seen = ended
      const allowances = await allowancesOf(attempt, keys)
      requireLeft(allowances)
      const full = allowances.find(({ key, left }) => (ongoing.get(key)?.size ?? 0) >= left)
      if (full !== undefined) await Promise.race(ongoing.get(full.key) ?? [])
      // A verification that ended meanwhile may have been counted too late to be seen.
      else if (seen === ended) return hold(allowances.map(({ key }) => key))
    }
  }

  function hold(keys: readonly string[]): () => void {
    let end = () => {}
    const held = new Promise<void>((resolve) => {
      end = resolve
    })
    for (const key of keys) ongoing.set(key, (ongoing.get(key) ?? new Set()).add(held))
    return () => {
      ended += 1
      for (const key of keys) {
        const others = ongoing.get(key)
        others?.delete(held)
        if (others?.size === 0) ongoing.delete(key)
      }
      end()
    }
  }

  return {
    async requireAllowed(attempt) {
      requireLeft(await allowancesOf(attempt, failureKeys(attempt.name, attempt.address, networks)))
    },

    async judge(attempt, verification) {
      const keys = failureKeys(attempt.name, attempt.address, networks)
      const end = await begin(attempt, keys)
      try {
        const isRight = await verification()
        const failures = await load()
        if (isRight) {
          await failures.forget(keys)
          remember(known, knownKey(keys.host, attempt.gen))
        } else {
          await failures.count(keys)
        }
        return isRight
      } finally {
        end()
      }
    },

    async judgeClient(address, authenticate) {
      const { id, refusal } = authenticated(authenticate)
      if (id === undefined && refusal === undefined) return undefined
      const client = id === undefined ? undefined : keyOf('client', hostOf(address), id)
      const network = networkKey(address, networks)
      const isKnown = client !== undefined && knownClients.has(client)
      // Without a failure so far there is nothing to load.
      if (counts !== undefined && !isKnown) requireLeft(await (await counts).ofNetwork(network))
      if (refusal !== undefined) {
        await (await load()).countForNetwork(network)
        throw refusal
      }
      if (client !== undefined) remember(knownClients, client)
      return id
    },

    admitSignUp: signUps.admitSignUp,

    forget() {
      signUps.forget()
      counts = undefined
      known.clear()
      knownClients.clear()
    }
  }
}

const off: Omit<Throttle, keyof SignUpLimit> = {
  async requireAllowed() {},
  judge: (_attempt, verification) => verification(),
  judgeClient: async (_address, authenticate) => authenticate()
}

function authenticated(authenticate: () => string | undefined): {
  id?: string | undefined
  refusal?: Refusal
} {
  try {
    return { id: authenticate() }
  } catch (error) {
    if (error instanceof Refusal && error.name === 'InvalidClientError') return { refusal: error }
    throw error
  }
}

function requireLeft(allowances: readonly Allowance[]): void {
  const waits = allowances.filter(({ left }) => left <= 0).map(({ wait }) => wait)
  if (waits.length > 0) throw retryLater('TooManyFailuresError', Math.max(...waits))
}

function knownKey(host: string, gen: number | undefined): string {
  return `${host} ${gen}`
}

function remember(known: Set<string>, key: string): void {
  known.delete(key)
  known.add(key)
  if (known.size <= maxKnown) return
  const [oldest = ''] = known
  known.delete(oldest)
}
