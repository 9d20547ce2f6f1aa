import proxyAddr from '@fastify/proxy-addr'
import { Refusal } from '../errors/refusals.js'

const maxKnown = 1000

/**
 * Requires, by its address, a peer to be a proxy that may say which request it asks about. A Unix socket has no address.
 *
 * @param trusted Fastify's `trustProxy`, as of `Config`, which ends with the backends.
 * @param backends those that may hand on the addresses of their users, and nothing else.
 * @returns a function that throws `UntrustedProxyError` for any other peer.
 */
export function trustedProxies(
  trusted: boolean | string,
  backends: readonly string[]
): (address: string | undefined) => void {
  const isProxy = typeof trusted === 'boolean' ? () => trusted : among(trusted, backends)
  // To read an address costs a tenth of an answer, and few peers ask.
  const known = new Map<string, boolean>()

  function isKnownProxy(address: string): boolean {
    const answer = known.get(address) ?? isProxy(address, 0)
    if (known.size >= maxKnown) known.clear()
    known.set(address, answer)
    return answer
  }

  return (address) => {
    if (address === undefined || !isKnownProxy(address)) throw new Refusal('UntrustedProxyError')
  }
}

function among(trusted: string, backends: readonly string[]) {
  const entries = trusted.split(',').map((entry) => entry.trim())
  return proxyAddr.compile(entries.slice(0, entries.length - backends.length))
}
