import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

// An IPv4 /24, an IPv6 /64.
const networkBytes = [3, 8] as const

/** Maps clients to networks, and knows which addresses stand for many users. */
export interface Networks {
  /**
   * The network of this address: an IPv4 /24 or an IPv6 /64. It shares the password hashing and the count of failures.
   * Undefined for loopback and for a backend: one such address has many users, who must not suffer for each other.
   */
  of(address: string): string | undefined
}

/**
 * See `Networks`.
 *
 * @param backends the addresses and subnets of backends through which many users log in.
 */
export function createNetworks(backends: readonly string[] = []): Networks {
  const subnets = backends.map(parseSubnet)

  function isLeftOut(address: Address): boolean {
    if (address.range() === 'loopback') return true
    return subnets.some(
      ([subnet, bits]) => subnet.kind() === address.kind() && address.match(subnet as never, bits)
    )
  }

  return {
    of(address) {
      const parsed = parse(address)
      if (parsed === undefined) return address
      return isLeftOut(parsed) ? undefined : prefixOf(parsed, ...networkBytes)
    }
  }
}

/** The network of every address, as `Networks` maps it. An invalid address stands for itself. */
export function networkOf(address: string): string {
  const parsed = parse(address)
  return parsed === undefined ? address : prefixOf(parsed, ...networkBytes)
}

/** The smallest block of one customer: an IPv4 address, or an IPv6 /64 (RFC 6177). An invalid address stands for itself. */
export function hostOf(address: string): string {
  const parsed = parse(address)
  return parsed === undefined ? address : prefixOf(parsed, 4, 8)
}

/** The largest block of one customer: an IPv4 /24, or an IPv6 /48 (RFC 6177). An invalid address stands for itself. */
export function siteOf(address: string): string {
  const parsed = parse(address)
  return parsed === undefined ? address : prefixOf(parsed, 3, 6)
}

/** The smallest block of one provider: an IPv6 /32, or an IPv4 /16, about as rare. An invalid address stands for itself. */
export function providerOf(address: string): string {
  const parsed = parse(address)
  return parsed === undefined ? address : prefixOf(parsed, 2, 4)
}

/** Whether a host name or address is one of this machine alone. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** Whether an address is one of this machine alone, an IPv4 address that is mapped into IPv6 too. */
export function isLoopbackAddress(address: string): boolean {
  return parse(address)?.range() === 'loopback'
}

/** Whether an origin, or a URL without a path, is of this machine alone. */
export function isLoopbackUrl(text: string): boolean {
  if (!/^https?:\/\/[^/?#\\@]+$/.test(text) || !URL.canParse(text)) return false
  const { hostname } = new URL(text)
  return isLoopbackHost(hostname.replace(/^\[|\]$/g, '')) || hostname.endsWith('.localhost')
}

function prefixOf(address: Address, ipv4Bytes: number, ipv6Bytes: number): string {
  const bytes = address.kind() === 'ipv4' ? ipv4Bytes : ipv6Bytes
  return `${address.kind()} ${address.toByteArray().slice(0, bytes).join('.')}`
}

// RFC 4291 §2.5.5.2: the last 32 of 128 bits are the IPv4 address.
const mappedBits = 96

// An IPv4 address that is mapped into IPv6 is the IPv4 address.
function parse(address: string): Address | undefined {
  return ipaddr.isValid(address) ? ipaddr.process(address) : undefined
}

function parseSubnet(text: string): [Address, number] {
  const [address, bits] = ipaddr.parseCIDR(
    text.includes('/') ? text : `${text}/${ipaddr.IPv4.isValid(text) ? 32 : 128}`
  )
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= mappedBits
  return isMapped ? [address.toIPv4Address(), bits - mappedBits] : [address, bits]
}
