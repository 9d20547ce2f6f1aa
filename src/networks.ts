import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

// An IPv4 /24, an IPv6 /64.
const networkBytes = [3, 8] as const

/** Tells the networks that clients come from, and which of them stand for many users. */
export interface Networks {
  /**
   * The network of this address, among which the hashing of passwords and the failures are shared: of IPv4 a /24, of IPv6 a /64.
   * Undefined for loopback and for a backend: there one address has many users, who must not suffer for each other.
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

/** The network of an address, loopback and backends included. A text that is no address stands for itself. */
export function networkOf(address: string): string {
  const parsed = parse(address)
  return parsed === undefined ? address : prefixOf(parsed, ...networkBytes)
}

/** The least that one customer has: an IPv4 address, or an IPv6 /64 (RFC 6177). A text that is no address stands for itself. */
export function hostOf(address: string): string {
  const parsed = parse(address)
  return parsed === undefined ? address : prefixOf(parsed, 4, 8)
}

/** The most that one customer has: an IPv4 /24, or an IPv6 /48 (RFC 6177). A text that is no address stands for itself. */
export function siteOf(address: string): string {
  const parsed = parse(address)
  return parsed === undefined ? address : prefixOf(parsed, 3, 6)
}

/** The least that one provider has: an IPv6 /32, or about as rarely an IPv4 /16. A text that is no address stands for itself. */
export function providerOf(address: string): string {
  const parsed = parse(address)
  return parsed === undefined ? address : prefixOf(parsed, 2, 4)
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
