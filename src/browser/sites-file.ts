import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { Groups } from '../accounts/account-members.js'
import { describeFault, readSettingDocument, wrongDocument } from '../config/setting-document.js'
import { type Duration, durationSeconds } from '../duration.js'
import { siteHost } from './site-host.js'
import { createSites, isRulePath, type SiteRule, type Sites } from './sites.js'

// In seconds: with less a slow browser would be sent to sign in for ever.
const minMaxAge = 60

const Host = Type.Refine(
  Type.String(),
  isRuleHost,
  () =>
    'must be a host in lower case without a port and a dot at its end, an international name as xn--…, perhaps with *. in front of a name'
)

const Path = Type.Refine(
  Type.String(),
  isRulePath,
  () =>
    'must begin with /, be of visible ASCII without ? # % ; \\ and //, have no segment that begins with a dot, and have * as its last segment or not at all'
)

const MaxAge = Type.Refine(
  Type.Unsafe<Duration>({}),
  (value) => durationSeconds(value) >= minMaxAge && Number.isFinite(durationSeconds(value)),
  () => `must be at least ${minMaxAge} seconds, or a number with a unit, such as '15m', '8h' or '2d'`
)

const Site = Type.Object(
  {
    host: Host,
    path: Type.Optional(Path),
    groups: Type.Optional(
      Type.Refine(
        Groups,
        (groups) => groups.length > 0,
        () => 'must have a group, or be left out for every account'
      )
    ),
    second_factor: Type.Optional(Type.Boolean()),
    max_age: Type.Optional(MaxAge),
    open: Type.Optional(Type.Boolean())
  },
  { additionalProperties: false }
)
type Site = Static<typeof Site>

const validator = Compile(Type.Object({ sites: Type.Array(Site) }, { additionalProperties: false }))

const sitesFile = { setting: 'POSTERN_SITES_FILE', content: 'sites' }

/** The sites of a file, which may be read again. */
export interface SitesFile extends Sites {
  /** Reads the file again. @throws as `openSitesFile`; then the sites stay as they are. */
  reload(): Promise<void>
}

/**
 * Reads a file of sites, of JSON or YAML.
 *
 * @throws `StartupError` (wrong setting) that says which member of which site is wrong, and what it takes.
 */
export async function openSitesFile(path: string): Promise<SitesFile> {
  let sites = await readSites(path)
  return {
    findSite: (host, target) => sites.findSite(host, target),

    async reload() {
      sites = await readSites(path)
    }
  }
}

async function readSites(path: string): Promise<Sites> {
  return createSites(requireSites(await readSettingDocument(sitesFile, path)))
}

/** The rules in a document of sites. @throws as `openSitesFile`. */
export function requireSites(value: unknown): SiteRule[] {
  if (!validator.Check(value)) throw wrong(describeFault(validator.Errors(value), 'a site'), value)
  const seen = new Set<string>()
  for (const [index, site] of value.sites.entries()) {
    requireClear(site, (reason) => wrong(`/sites/${index} ${reason}`, value))
    const place = `${site.host} ${site.path ?? ''}`
    if (seen.has(place)) throw wrong(`/sites/${index} has the host and the path of an earlier one`, value)
    seen.add(place)
  }
  return value.sites.map(toRule)
}

/** Refuses an open site that somebody believes to be protected. */
function requireClear(
  { open, groups, second_factor, max_age }: Site,
  wrong: (reason: string) => Error
): void {
  if (open !== true) return
  const other = Object.entries({ groups, second_factor, max_age }).find(([, member]) => member !== undefined)
  if (other !== undefined) throw wrong(`must not have both open and ${other[0]}`)
}

function toRule({ host, path, groups, second_factor = false, max_age, open = false }: Site): SiteRule {
  return {
    host,
    ...(path !== undefined && { path }),
    ...(groups !== undefined && { groups }),
    needsSecondFactor: second_factor,
    ...(max_age !== undefined && { maxAge: durationSeconds(max_age) }),
    isOpen: open
  }
}

function isRuleHost(text: string): boolean {
  const host = text.replace(/^\*\./, '')
  if (siteHost(host) !== host) return false
  // An address has nothing below it.
  return host === text || !/^\[|\.\d+$/.test(host)
}

/** Tells the host of the site beside its place, if that one is right. */
function wrong(reason: string, value: unknown) {
  const [, index = ''] = /^\/sites\/(\d+)/.exec(reason) ?? []
  const host: unknown = Object((value as { sites?: unknown[] } | null)?.sites?.[Number(index)]).host
  const isKnown = index !== '' && typeof host === 'string' && isRuleHost(host)
  return wrongDocument(sitesFile, isKnown ? `${reason} (of ${host})` : reason)
}
