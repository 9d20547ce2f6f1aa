import { createHash } from 'node:crypto'
import { hostOf, type Networks, providerOf, siteOf } from '../networks.js'

/** The keys of an attempt's failure counts. */
export interface FailureKeys {
  host: string
  site: string
  /** The name at all networks of the provider. */
  provider: string
  name: string
  /** Undefined for an address that is not counted by network. */
  network: string | undefined
}

/** The keys of an attempt for a name from an address. Costs some digests. */
export function failureKeys(name: string, address: string, networks: Networks): FailureKeys {
  return {
    host: keyOf('host', name, hostOf(address)),
    site: keyOf('site', name, siteOf(address)),
    provider: keyOf('provider', name, providerOf(address)),
    name: keyOf('name', name),
    network: networkKey(address, networks)
  }
}

/** The key of the network of an address; undefined if that is left out. */
export function networkKey(address: string, networks: Networks): string | undefined {
  const network = networks.of(address)
  return network === undefined ? undefined : keyOf('network', network)
}

/** A digest: names need not be kept in memory for this, and are of any length. */
export function keyOf(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('base64url')
}
