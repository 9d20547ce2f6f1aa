import type { RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '../clock.js'
import { WindowCounter } from '../counters/window-counter.js'
import type { FailureKeys } from './failure-keys.js'

/** How many failures may still be added to a count. */
export interface Allowance {
  key: string
  left: number
  /** In milliseconds, until more are left. */
  wait: number
}

/** The dependencies of failure counts; the window is in seconds. */
export interface FailureCountsOptions {
  /** Of a name from an address. */
  maxFailures: number
  window: number
  clock: Clock
}

/** The failures of logins, counted by name and address, by name, and by network. `Throttle` describes their effects. */
export interface FailureCounts {
  /** The allowance of the name and the address, for anybody. */
  own(keys: FailureKeys): Promise<Allowance>
  /** The allowances of a stranger at that address; empty while that is not limited. */
  shared(keys: FailureKeys): Promise<Allowance[]>
  /** The allowances of the network; empty while that is not limited. */
  ofNetwork(network: string | undefined): Promise<Allowance[]>
  count(keys: FailureKeys): Promise<void>
  countForNetwork(network: string | undefined): Promise<void>
  /** Forgets the failures of the name and the address. */
  forget(keys: FailureKeys): Promise<void>
}

const maxNetworkFailures = 100
const maxPause = 60

/** See `FailureCounts`. */
export function createFailureCounts({ maxFailures, window, clock }: FailureCountsOptions): FailureCounts {
  const createCounter = (duration = window) => new WindowCounter({ points: 0, duration, clock })
  const [byHost, bySite, byName, byNetwork] = [
    createCounter(),
    createCounter(),
    createCounter(),
    createCounter()
  ]
  const pauses = createCounter(maxPause)
  const maxOfName = 2 * maxFailures

  // One failure is left: the next one begins the next pause.
  async function betweenPauses(key: string): Promise<Allowance> {
    const pause = await pauses.get(key)
    return { key, left: pause === null ? 1 : 0, wait: pause?.msBeforeNext ?? 0 }
  }

  async function pauseAfter(
    { consumedPoints }: RateLimiterRes,
    bearable: number,
    key: string
  ): Promise<void> {
    const surplus = consumedPoints - bearable
    if (surplus > 0) await pauses.block(key, Math.min(2 ** (surplus - 1), maxPause))
  }

  async function ofNetwork(network: string | undefined): Promise<Allowance[]> {
    if (network === undefined || (await failuresOf(byNetwork, network)) < maxNetworkFailures) return []
    return [await betweenPauses(network)]
  }

  async function countForNetwork(network: string | undefined): Promise<void> {
    if (network !== undefined) await pauseAfter(await byNetwork.penalty(network), maxNetworkFailures, network)
  }

  return {
    ofNetwork,
    countForNetwork,

    async own({ host }) {
      const failures = await byHost.get(host)
      return {
        key: host,
        left: maxFailures - (failures?.consumedPoints ?? 0),
        wait: failures?.msBeforeNext ?? 0
      }
    },

    async shared(keys) {
      const ofSite = await failuresOf(bySite, keys.site)
      const ofName = await failuresOf(byName, keys.name)
      return [
        ...(ofSite >= maxOfName ? [await betweenPauses(keys.site)] : []),
        ...(ofName >= maxOfName ? [await betweenPauses(shareOf(keys, ofSite > 0))] : []),
        ...(await ofNetwork(keys.network))
      ]
    },

    async count(keys) {
      const hasFailed = (await failuresOf(bySite, keys.site)) > 0
      await byHost.penalty(keys.host)
      await pauseAfter(await bySite.penalty(keys.site), maxOfName, keys.site)
      const { consumedPoints } = await byName.penalty(keys.name)
      if (consumedPoints > maxOfName) await pauses.block(shareOf(keys, hasFailed), 1)
      await countForNetwork(keys.network)
    },

    async forget({ host }) {
      await byHost.delete(host)
    }
  }
}

async function failuresOf(counter: WindowCounter, key: string): Promise<number> {
  return (await counter.get(key))?.consumedPoints ?? 0
}

/**
 * The share of the attempts for a name: of all networks with failures for it, or of the provider's networks without.
 * Fresh networks are cheap, a /32 has 65,536 of them: in one share they would take it from everybody else's.
 */
function shareOf({ name, provider }: FailureKeys, hasFailed: boolean): string {
  return hasFailed ? name : provider
}
