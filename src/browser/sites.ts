import { copyText } from '../copy-text.js'
import { maxClockSkew } from '../tokens/claim-validation.js'
import { isMultiFactor } from '../tokens/claims.js'
import { siteHost } from './site-host.js'

/** Who may see a site, or a part of it. */
export interface SiteRule {
  /** In the spelling of `siteHost`; with `*.` in front it stands for all hosts below that one, at any depth, and not for that one itself. */
  readonly host: string
  /** With `/*` at its end it stands for all below the folder, at any depth, and not for the folder itself. */
  readonly path?: string
  /** Any of these; undefined for every active account. */
  readonly groups?: readonly string[]
  readonly needsSecondFactor: boolean
  /** How long ago the password may have been given, in seconds. */
  readonly maxAge?: number
  /** Whether nobody is asked. */
  readonly isOpen: boolean
}

/** The sites behind the proxies. */
export interface Sites {
  /**
   * The rule for a request: that of the most specific host, and there that of the longest path. Undefined is a 403: no rule is for it, or on
   * a host that has a rule with a path an application may read the path in another way than it stands there.
   *
   * @param host as in a `Host` header.
   * @param target the path, as the browser has sent it; a query counts for nothing. To let a request through, it must not have been through a
   *   URL parser, which reads `/a/../b` as `/b`.
   */
  findSite(host: string, target: string): SiteRule | undefined
}

const maxKnown = 1000

/** The sites of these rules, no two of which are for the same host and path. A search takes the labels of the host, and its rules. */
export function createSites(rules: readonly SiteRule[]): Sites {
  const rulesByHost = new Map<string, SiteRule[]>()
  for (const rule of [...rules].sort((a, b) => fixedLength(b) - fixedLength(a))) {
    rulesByHost.set(rule.host, [...(rulesByHost.get(rule.host) ?? []), rule])
  }

  // By the text of the host: a service has a few sites, and each part of a page asks for its own.
  const known = new Map<string, readonly SiteRule[]>()

  function candidatesFor(host: string): readonly SiteRule[] {
    const found = known.get(host)
    if (found !== undefined) return found
    const name = siteHost(host)
    const candidates =
      name === undefined ? [] : patternsOf(name).flatMap((pattern) => rulesByHost.get(pattern) ?? [])
    if (known.size >= maxKnown) known.clear()
    known.set(copyText(host), candidates)
    return candidates
  }

  return {
    findSite(host, target) {
      const candidates = candidatesFor(host)
      const path = candidates.some((rule) => rule.path !== undefined) ? plainPath(target) : ''
      if (path === undefined) return undefined
      return candidates.find((rule) => isFor(rule, path))
    }
  }
}

/** The hosts of rules that stand for this one, the most specific first. */
function patternsOf(host: string): string[] {
  const labels = host.split('.')
  return [host, ...labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join('.')}`)]
}

// A path that stands for itself alone is more specific than a folder with the same beginning.
function fixedLength({ path = '' }: SiteRule): number {
  return path.endsWith('*') ? path.length - 1 : path.length
}

function isFor({ path: pattern }: SiteRule, path: string): boolean {
  if (pattern === undefined || pattern === path) return true
  const folder = pattern.slice(0, -1)
  return pattern.endsWith('*') && path.startsWith(folder) && path.length > folder.length
}

// Servers differ in what they make of these: of /a/..;/b, /a%2fb, //a or /a\b one serves what the rule for another path protects.
const ambiguous = /[%;\\#]|\/\/|\/\.|[^\x21-\x7e]/

/** The path of a target, if there is only one way to read it. */
function plainPath(target: string): string | undefined {
  const [path = ''] = target.split('?', 1)
  return path.startsWith('/') && !ambiguous.test(path) ? path : undefined
}

/** Whether this can be the path of a rule: one that a request can have, perhaps with `*` as its last segment. */
export function isRulePath(text: string): boolean {
  return !text.includes('?') && plainPath(text) !== undefined && !text.replace(/\/\*$/, '/').includes('*')
}

/** How somebody was authenticated, and when it is now, in seconds. */
export interface Authentication {
  /** When the password was given, in seconds since the epoch, if it is known. */
  authTime?: number | undefined
  /** RFC 8176. */
  amr?: string[] | undefined
  now: number
}

/** The answer to a request for a site: let through, to sign in or to take a step more, or refused whatever one does. */
export type Verdict =
  | { kind: 'allowed' }
  | { kind: 'sign_in'; missing: 'account' | 'second_factor' | 'fresh_password' }
  | { kind: 'denied' }

/**
 * Judges whether somebody may see a site. The group comes first: nobody is led to a step that would not help.
 *
 * @param account an active one; undefined for nobody.
 */
export function judge(
  rule: SiteRule,
  account: { readonly groups?: readonly string[] } | undefined,
  { authTime, amr, now }: Authentication
): Verdict {
  if (rule.isOpen) return { kind: 'allowed' }
  if (account === undefined) return { kind: 'sign_in', missing: 'account' }
  if (rule.groups !== undefined && !rule.groups.some((group) => account.groups?.includes(group))) {
    return { kind: 'denied' }
  }
  if (rule.needsSecondFactor && !isMultiFactor(amr === undefined ? {} : { amr })) {
    return { kind: 'sign_in', missing: 'second_factor' }
  }
  if (rule.maxAge === undefined) return { kind: 'allowed' }
  const isFresh = authTime !== undefined && authTime <= now + maxClockSkew && now - authTime <= rule.maxAge
  return isFresh ? { kind: 'allowed' } : { kind: 'sign_in', missing: 'fresh_password' }
}
