import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

// As some proxies write it, with the client's port, and as RFC 7239 §6 writes an IPv6 address.
const withPort = /^(?:\[([\da-f:.]+)\]|([\d.]+))(?::\d{1,5})?$/i

/**
 * Leaves in `X-Forwarded-For` only addresses: ports are cut off, and all that a proxy was told from before something that
 * is no address is dropped, so that the client's address is that of the last hop which is known. Costs one pass.
 */
export function keepAddresses(headers: IncomingHttpHeaders): void {
  const { 'x-forwarded-for': given } = headers
  if (given === undefined) return
  const hops = String(given).split(',')
  const addresses: string[] = []
  for (let index = hops.length - 1; index >= 0; index -= 1) {
    const hop = hops[index]?.trim() ?? ''
    const [, ipv6, ipv4] = withPort.exec(hop) ?? []
    const address = ipv6 ?? ipv4 ?? hop
    if (isIP(address) === 0) break
    addresses.push(address)
  }
  headers['x-forwarded-for'] = addresses.reverse().join(', ')
}
