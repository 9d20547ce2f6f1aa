import { StartupError } from '../errors/startup-error.js'
import { visibleText } from '../visible-text.js'
import { type AdminClient, type Members, RefusedCall } from './admin-client.js'
import { type AdminCommand, findUser, pathOf } from './admin-command.js'
import type { Flags } from './command-options.js'
import { expiryNote } from './expiry-note.js'
import { claimsIn, namesIn, requireOneOf, timeIn } from './option-values.js'
import { jsonText } from './output.js'

// The members that an option sets, or, with `no-` before it, removes.
const texts = {
  name: 'user',
  state: 'state',
  email: 'email',
  'display-name': 'display_name',
  'external-id': 'external_id'
} as const

// How often to begin anew when somebody else has changed the account in between.
const maxAttempts = 5

/** Changes an account as the options say. */
export const setUser: AdminCommand = async (client, { operands: [name = ''], flags, output }) => {
  for (const [option] of Object.entries(texts)) requireOneOf(flags, [option, `no-${option}`])
  requireOneOf(flags, ['email-verified', 'no-email-verified'])
  requireOneOf(flags, ['expires-at', 'no-expires-at'])
  requireOneOf(flags, ['groups', 'group'])
  requireOneOf(flags, ['groups', 'no-group'])
  let patch: Members = {}
  let isWithoutFactor = false
  const account = await patchUser(client, name, (before) => {
    patch = patchOf(flags, before)
    isWithoutFactor = before.factors === 0
    return patch
  })
  if (output.format === 'json') return jsonText(account)
  const isInVain = isWithoutFactor && 'second_factor' in patch
  const outcomes = [
    ...(isInVain ? ['has no second factor'] : []),
    ...(isInVain && Object.keys(patch).length === 1 ? [] : ['was changed'])
  ]
  return `The user ${visibleText(String(account.user))} ${outcomes.join(', and ')}.\n${expiryNote(account)}`
}

/**
 * Changes an account by a merge patch that its present members give; once more if they have changed meanwhile.
 *
 * @returns the account.
 */
export async function patchUser(
  client: AdminClient,
  name: string,
  toPatch: (account: Members) => Members
): Promise<Members> {
  for (let attempt = 1; ; attempt += 1) {
    const { body: account, headers } = await findUser(client, name)
    const { etag } = headers
    try {
      const changed = await client.call('PATCH', pathOf(String(account.uid)), {
        body: toPatch(account),
        ...(etag !== undefined && { headers: { 'if-match': etag } })
      })
      return changed.body
    } catch (error) {
      const isStale = error instanceof RefusedCall && error.errorName === 'PreconditionFailedError'
      if (!isStale || attempt === maxAttempts) throw error
    }
  }
}

function patchOf(flags: Flags, account: Members): Members {
  const patch = {
    ...textsOf(flags),
    ...groupsOf(flags, account),
    ...claimsOf(flags, account),
    ...(flags['email-verified'] && { email_verified: true }),
    ...(flags['no-email-verified'] && { email_verified: false }),
    ...(flags['expires-at'] !== undefined && { expires_at: timeIn(flags['expires-at']) }),
    ...(flags['no-expires-at'] && { expires_at: null }),
    ...(flags['no-second-factor'] && { second_factor: null })
  }
  if (Object.keys(patch).length === 0) throw wrong('user set takes an option that says what to change')
  return patch
}

function textsOf(flags: Flags): Members {
  const given = Object.entries(texts).flatMap(([option, member]) => {
    const isRemoved = flags[`no-${option}` as keyof Flags]
    const value = isRemoved ? null : flags[option as keyof Flags]
    return value === undefined ? [] : [[member, value]]
  })
  return Object.fromEntries(given)
}

function groupsOf(flags: Flags, { groups: present }: Members): Members {
  if (flags.groups !== undefined) return { groups: namesIn(flags.groups) }
  const { group: added = [], 'no-group': removed = [] } = flags
  if (added.length + removed.length === 0) return {}
  const groups = new Set([...((present as string[] | undefined) ?? []), ...added])
  for (const group of removed) groups.delete(group)
  return { groups: [...groups] }
}

function claimsOf(flags: Flags, { claims: present = {} }: Members): Members {
  const given = [...claimsIn(flags.claim)].map(([key, value]): [string, unknown] => [
    key,
    patchTo((present as Members)[key], value, key)
  ])
  const removed = (flags['no-claim'] ?? []).map((key): [string, null] => [key, null])
  if (given.length + removed.length === 0) return {}
  return { claims: Object.fromEntries([...given, ...removed]) }
}

/** The merge patch after which this value is there, and nothing of the present one (RFC 7396 §2). */
function patchTo(present: unknown, value: unknown, key: string): unknown {
  if (!isObject(value)) return value
  const before = isObject(present) ? present : {}
  const members = Object.entries(value).map(([name, member]): [string, unknown] => {
    // A merge patch has no other meaning for it.
    if (member === null) throw wrong(`--claim ${key}: null cannot be set within an object`)
    return [name, patchTo(before[name], member, key)]
  })
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(value, name))
  return Object.fromEntries([...members, ...gone.map((name): [string, null] => [name, null])])
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(message: string): StartupError {
  return new StartupError('wrongSetting', visibleText(message))
}
