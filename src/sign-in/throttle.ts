import { Refusal } from '../errors/refusals.js'
import type { Lookup } from '../lookup.js'
import { hostOf } from '../networks.js'
import type { FailureCounts } from '../store/failure-counts.js'
import { type FailureKeys, failureKeys, keyOf, networkKey } from './failure-keys.js'
import { type Allowance, createFailureLimits, requireLeft } from './failure-limits.js'
import { createOngoingAttempts } from './ongoing-attempts.js'
import { createRecentKeys } from './recent-keys.js'
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
  failureCounts: FailureCounts
  /** The addresses of a user's current sessions, looked up only when an attempt would be delayed. */
  addressesOf(name: string): Promise<readonly string[]>
}

/**
 * Slows down guessing, and lets no stranger lock a user out. It counts each failure four times:
 *
 * - By name and address. After `maxFailures` that address waits for the end of the window.
 * - By name and site, the /24 or /48. After twice as many failures each further one makes the site wait, twice as long each
 *   time, up to a minute.
 * - By name. After twice `maxFailures` one failure a second is allowed for all sites with failures for the name together, and
 *   one for the other sites of each /16 or /32. So strangers take only a share of the attempts. An attacker at many providers
 *   has as many shares.
 * - By network (`Networks`), over all names, client secrets and keys of the operator's calls. After 100 failures each further one
 *   makes the network wait, as a site.
 *
 * Only the first count applies to an address from which the user has logged in since the last change of the token generation, or
 * has a session. Only a complete sign-in forgets failures and makes an address known: who has the password alone gains nothing by
 * it. The throttle also bounds the sign-ups of a network.
 */
export interface Throttle extends SignUpLimit {
  /** Requires that the attempt may be made. @throws `TooManyFailuresError` with `Retry-After`. */
  requireAllowed(attempt: Attempt): Promise<void>
  /**
   * Returns the outcome of a step of a sign-in: of the verification of a password or a code. A failure adds to all four counts. Of
   * verifications at the same time no more begin than there are failures left; the others wait for one of them to end.
   *
   * @throws as `requireAllowed`, without verifying; and the errors of the verification, which count as no failure.
   */
  judge(attempt: Attempt, verification: () => Promise<boolean>): Promise<boolean>
  /** Notes a complete sign-in: forgets the failures of the name and the address, and makes the address known. */
  complete(attempt: Attempt): Promise<void>
  /**
   * Returns the id of the OAuth client that authenticates, or undefined if no credentials were presented. A wrong secret counts
   * for the network of the address. A client is never delayed at an address at which it has authenticated.
   *
   * @throws `TooManyFailuresError` with `Retry-After`, whether or not the secret is right; and what `authenticate` throws.
   */
  judgeClient(address: string, authenticate: () => string | undefined): Promise<string | undefined>
  /**
   * Counts a wrong key of the operator's calls for the network of the address. A right one is never asked about here: nothing
   * delays it.
   *
   * @throws `TooManyFailuresError` with `Retry-After`, while no failure is left; then it does not count.
   */
  countWrongKey(address: string): Promise<void>
  /** Forgets all failures and sign-ups. */
  forget(): Lookup<void>
}

/** See `Throttle`. Loads no counter before the first failure. */
export function createThrottle(options: ThrottleOptions): Throttle {
  const { maxFailures, networks, failureCounts, addressesOf } = options
  const signUps = createSignUpLimit(options)
  if (maxFailures === 0) return { ...off, ...signUps }
  const limits = createFailureLimits(options)
  const attempts = createOngoingAttempts()
  const knownAddresses = createRecentKeys()
  const knownClients = createRecentKeys()

  async function isKnown({ name, address, gen }: Attempt, { host }: FailureKeys): Promise<boolean> {
    if (knownAddresses.has(knownKey(host, gen))) return true
    const addresses = await addressesOf(name)
    return addresses.some((other) => hostOf(other) === hostOf(address))
  }

  async function allowancesOf(attempt: Attempt, keys: FailureKeys): Promise<readonly Allowance[]> {
    const { own, shared } = await limits.of(keys)
    return shared.length === 0 || (await isKnown(attempt, keys)) ? [own] : [own, ...shared]
  }

  return {
    async requireAllowed(attempt) {
      requireLeft(await allowancesOf(attempt, failureKeys(attempt.name, attempt.address, networks)))
    },

    async judge(attempt, verification) {
      const keys = failureKeys(attempt.name, attempt.address, networks)
      const end = await attempts.begin(() => allowancesOf(attempt, keys))
      try {
        const isRight = await verification()
        if (!isRight) await limits.count(keys)
        return isRight
      } finally {
        end()
      }
    },

    async complete(attempt) {
      const keys = failureKeys(attempt.name, attempt.address, networks)
      await limits.forget(keys)
      knownAddresses.add(knownKey(keys.host, attempt.gen))
    },

    async judgeClient(address, authenticate) {
      const { id, refusal } = authenticated(authenticate)
      if (id === undefined && refusal === undefined) return undefined
      const client = id === undefined ? undefined : keyOf('client', hostOf(address), id)
      const network = networkKey(address, networks)
      const isKnown = client !== undefined && knownClients.has(client)
      if (!isKnown) requireLeft(await limits.ofNetwork(network))
      if (refusal !== undefined) {
        await limits.countForNetwork(network)
        throw refusal
      }
      if (client !== undefined) knownClients.add(client)
      return id
    },

    async countWrongKey(address) {
      const network = networkKey(address, networks)
      requireLeft(await limits.ofNetwork(network))
      await limits.countForNetwork(network)
    },

    admitSignUp: signUps.admitSignUp,

    forget() {
      signUps.forget()
      knownAddresses.clear()
      knownClients.clear()
      return failureCounts.clear()
    }
  }
}

const off: Omit<Throttle, keyof SignUpLimit> = {
  async requireAllowed() {},
  judge: (_attempt, verification) => verification(),
  async complete() {},
  judgeClient: async (_address, authenticate) => authenticate(),
  async countWrongKey() {}
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

function knownKey(host: string, gen: number | undefined): string {
  return `${host} ${gen}`
}
