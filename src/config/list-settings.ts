import { isIP } from 'node:net'

// As `Groups` of src/accounts/account-members.ts takes them.
const groupName = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/

/** The least length of a secret: 16 random characters outlast a lifetime of 1,000 guesses a second. */
export const minSecretLength = 16

/**
 * Fastify's `trustProxy` of this setting: a backend that logs users in may hand on their addresses, as a proxy does. Undefined
 * for a setting that is no list of addresses, subnets and names of ranges.
 */
export function parseTrustProxy(
  setting: string,
  backends: readonly string[] = []
): boolean | string | undefined {
  if (setting === 'true') return true
  const proxies = setting === 'false' ? [] : setting.split(',')
  if (!proxies.every((entry) => isProxyAddress(entry.trim()))) return undefined
  const trusted = [...proxies, ...backends]
  return trusted.length > 0 && trusted.join(',')
}

/** The addresses and subnets of this setting; undefined if any is none. */
export function parseLoginBackends(setting: string | undefined): string[] | undefined {
  const backends = setting?.split(',').map((entry) => entry.trim()) ?? []
  return backends.every(isSubnet) ? backends : undefined
}

/** The origins of this setting (RFC 6454 §6.2), '*' for any, or an empty list for none; undefined if any is no origin. */
export function parseCorsOrigin(setting: string | undefined): string[] | '*' | undefined {
  if (setting === undefined || setting === '*') return setting ?? []
  const origins = setting.split(',').map((origin) => origin.trim())
  return origins.every(isOrigin) ? origins : undefined
}

/** The secrets of this setting by the ids of their clients; undefined if an id is repeated, or a secret is too short. */
export function parseOAuthClients(setting: string | undefined): Map<string, string> | undefined {
  const secrets = new Map<string, string>()
  for (const pair of setting?.split(',') ?? []) {
    const [, id = '', secret = ''] = /^([^:]+):(.+)$/.exec(pair.trim()) ?? []
    if (secret.length < minSecretLength || secrets.has(id)) return undefined
    secrets.set(id, secret)
  }
  return secrets
}

/** The groups of this setting; undefined if any is none. */
export function parseGroups(setting: string | undefined): string[] | undefined {
  const groups = setting?.split(',').map((group) => group.trim()) ?? []
  return groups.every((group) => groupName.test(group)) ? groups : undefined
}

// A browser sends an origin in this one spelling: any other would never match. Nor would a pattern.
function isOrigin(text: string): boolean {
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

function isProxyAddress(entry: string): boolean {
  return ['loopback', 'linklocal', 'uniquelocal'].includes(entry) || isSubnet(entry)
}

// An address alone is a subnet of one.
function isSubnet(entry: string): boolean {
  const [address = '', prefix, ...rest] = entry.split('/')
  const family = isIP(address)
  const bits = family === 4 ? 32 : 128
  return (
    family !== 0 &&
    rest.length === 0 &&
    (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
  )
}
