import { retryLater } from '../errors/refusals.js'
import { type Lookup, whenFound } from '../lookup.js'
import type { FailureCount, FailureCounts, Pause, Tally } from '../store/failure-counts.js'
import type { FailureKeys } from './failure-keys.js'

/** How many failures may still be added to a count. */
export interface Allowance {
  key: string
  left: number
  /** In milliseconds, until more are left. */
  wait: number
}

/** The allowances of an attempt. */
export interface AttemptAllowances {
  /** Of the name and the address, for anybody. */
  own: Allowance
  /** Of a stranger at that address; empty while that is not limited. */
  shared: readonly Allowance[]
}

/** The limits of failures; the window is in seconds. */
export interface FailureLimitsOptions {
  /** Of a name from an address. */
  maxFailures: number
  window: number
  failureCounts: FailureCounts
}

/** Judges the counts of failures, and adds to them. `Throttle` describes the limits. Lookups are as fast as `FailureCounts`. */
export interface FailureLimits {
  /** The allowances of an attempt. */
  of(keys: FailureKeys): Lookup<AttemptAllowances>
  /** The allowances of a network; empty while that is not limited. */
  ofNetwork(network: string | undefined): Lookup<readonly Allowance[]>
  /** Counts a failure by name and address, by name and site, by name, and by network. */
  count(keys: FailureKeys): Promise<void>
  /** Counts a failure by network alone. */
  countForNetwork(network: string | undefined): Promise<void>
  /** Forgets the failures of the name and the address. */
  forget(keys: FailureKeys): Lookup<unknown>
}

const maxNetworkFailures = 100
// In seconds.
const maxPause = 60

/** See `FailureLimits`. */
export function createFailureLimits(options: FailureLimitsOptions): FailureLimits {
  const { maxFailures, window, failureCounts } = options
  const maxOfName = 2 * maxFailures

  function pausedKeys(keys: FailureKeys, { site, name, network }: AttemptTallies): string[] {
    return [
      ...(site.failures >= maxOfName ? [keys.site] : []),
      ...(name.failures >= maxOfName ? [shareOf(keys, site.failures > 0)] : []),
      ...(keys.network !== undefined && network.failures >= maxNetworkFailures ? [keys.network] : [])
    ]
  }

  function betweenPauses(keys: readonly string[]): Lookup<readonly Allowance[]> {
    if (keys.length === 0) return []
    return whenFound(failureCounts.findPauses(keys), (waits) =>
      // One failure is left: the next one begins the next pause.
      keys.map((key, index) => ({ key, left: waits[index] ? 0 : 1, wait: waits[index] ?? 0 }))
    )
  }

  return {
    of(keys) {
      return whenFound(failureCounts.find(countsOf(keys)), (found) => {
        const tallies = toAttemptTallies(found)
        const { failures, wait } = tallies.host
        const own = { key: keys.host, left: maxFailures - failures, wait }
        return whenFound(betweenPauses(pausedKeys(keys, tallies)), (shared) => ({ own, shared }))
      })
    },

    ofNetwork(network) {
      if (network === undefined) return []
      return whenFound(failureCounts.find([{ kind: 'network', key: network }]), ([tally = none]) =>
        betweenPauses(tally.failures >= maxNetworkFailures ? [network] : [])
      )
    },

    async count(keys) {
      const tallies = toAttemptTallies(await failureCounts.add(countsOf(keys), window))
      const { site, name, network } = tallies
      const hadFailed = site.failures > 1
      await failureCounts.pause([
        ...pauseAfter(site, maxOfName, keys.site),
        ...(name.failures > maxOfName ? [{ key: shareOf(keys, hadFailed), duration: 1 }] : []),
        ...pauseAfter(network, maxNetworkFailures, keys.network)
      ])
    },

    async countForNetwork(network) {
      if (network === undefined) return
      const [tally = none] = await failureCounts.add([{ kind: 'network', key: network }], window)
      await failureCounts.pause(pauseAfter(tally, maxNetworkFailures, network))
    },

    forget: ({ host }) => failureCounts.forget({ kind: 'host', key: host })
  }
}

/** Requires that a failure is left of each allowance. @throws `TooManyFailuresError` with `Retry-After`. */
export function requireLeft(allowances: readonly Allowance[]): void {
  const waits = allowances.filter(({ left }) => left <= 0).map(({ wait }) => wait)
  if (waits.length > 0) throw retryLater('TooManyFailuresError', Math.max(...waits))
}

type AttemptTallies = Record<Exclude<FailureCount['kind'], 'code'>, Tally>

const none: Tally = { failures: 0, wait: 0 }

function countsOf({ host, site, name, network }: FailureKeys): FailureCount[] {
  return [
    { kind: 'host', key: host },
    { kind: 'site', key: site },
    { kind: 'name', key: name },
    ...(network === undefined ? [] : [{ kind: 'network', key: network } as const])
  ]
}

/** The tallies of `countsOf`. */
function toAttemptTallies(tallies: readonly Tally[]): AttemptTallies {
  const [host = none, site = none, name = none, network = none] = tallies
  return { host, site, name, network }
}

/** The pause of a key that fails beyond what is borne: a second after the first such failure, then twice as long each time. */
function pauseAfter({ failures }: Tally, bearable: number, key: string | undefined): Pause[] {
  const surplus = failures - bearable
  if (key === undefined || surplus <= 0) return []
  return [{ key, duration: Math.min(2 ** (surplus - 1), maxPause) }]
}

/**
 * The share of the attempts for a name: of all networks with failures for it, or of the provider's networks without.
 * Fresh networks are cheap, a /32 has 65,536 of them: in one share they would take it from everybody else's.
 */
function shareOf({ name, provider }: FailureKeys, hasFailed: boolean): string {
  return hasFailed ? name : provider
}
