import { isDeepStrictEqual } from 'node:util'
import { requireOwnClaims } from '../accounts/account-members.js'
import { AccountPatch, NewAccount } from '../admin/account-changes.js'
import type { AccountView } from '../admin/account-view.js'
import { InvitationRequest } from '../admin/invitations.js'
import { type Members, mergePatch, mergePatchBetween } from '../admin/merge-patch.js'
import { invalidArgument } from '../errors/refusals.js'
import { parseTimeField, timeField } from './time-field.js'
import { requireValid } from './valid-arguments.js'

/** The fields of an account on a form, by the names of its members. */
export const accountFields = [
  'user',
  'display_name',
  'email',
  'email_verified',
  'groups',
  'claims',
  'expires_at',
  'external_id'
] as const

/** The name of a field of an account. */
export type AccountField = (typeof accountFields)[number]

/** The text of each field; empty where the account has nothing. */
export type AccountFields = Readonly<Record<AccountField, string>>

/** A form as it came, each field once. */
export type Form = Readonly<Record<string, string | undefined>>

/** The fields of an account. */
export function fieldsOf(account: AccountView): AccountFields {
  const { claims, expires_at: expiresAt } = account
  return {
    user: account.user,
    display_name: account.display_name ?? '',
    email: account.email ?? '',
    email_verified: account.email_verified === true ? 'on' : '',
    groups: account.groups.join('\n'),
    claims: Object.keys(claims).length === 0 ? '' : JSON.stringify(claims, null, 2),
    expires_at: expiresAt === undefined ? '' : timeField(expiresAt),
    external_id: account.external_id ?? ''
  }
}

/** The fields of a form. */
export function fieldsOfForm(form: Form): AccountFields {
  // Browsers send line breaks as CRLF.
  const text = (name: AccountField) => (form[name] ?? '').replaceAll('\r\n', '\n')
  return Object.fromEntries(accountFields.map((name) => [name, text(name)])) as AccountFields
}

/** The new account of a form. @throws `InvalidArgumentError` that names the field, whose value it never repeats. */
export function newAccountOf(form: Form): NewAccount {
  const { way, pass } = form
  const members = Object.entries(fieldsOfForm(form))
    .filter(([, text]) => text.trim() !== '')
    .map(([name, text]) => [name, memberOf(name as AccountField, text)])
  return requireValid(NewAccount, {
    user: '',
    ...Object.fromEntries(members),
    ...(way === 'pass' && { pass: pass ?? '' }),
    ...(way === 'invite' && { invite: true })
  })
}

/** The invitation of a form. @throws as `newAccountOf`. */
export function invitationOf(form: Form): InvitationRequest {
  const { user, email, groups } = fieldsOfForm(form)
  return requireValid(InvitationRequest, {
    ...(user !== '' && { user }),
    ...(email !== '' && { email }),
    groups: memberOf('groups', groups),
    expires_in: Number(form.expires_in)
  })
}

/** The merge patch (RFC 7396) of what a form changes of an account. @throws `InvalidArgumentError` that names the field. */
export function accountPatchOf(before: AccountView, form: Form): AccountPatch {
  const had = fieldsOf(before)
  const changed = Object.entries(fieldsOfForm(form)).filter(
    ([name, text]) => text !== had[name as AccountField]
  )
  const members = changed.map(([name, text]) => {
    if (name === 'claims' && text.trim() !== '') return [name, claimsPatch(before.claims, text)]
    // A name cannot be taken away: an empty one is refused.
    return [name, text.trim() === '' && name !== 'user' ? null : memberOf(name as AccountField, text)]
  })
  return requireValid(AccountPatch, Object.fromEntries(members))
}

function memberOf(name: AccountField, text: string): unknown {
  if (name === 'email_verified') return true
  if (name === 'groups') return text.split(/[\s,]+/).filter((group) => group !== '')
  if (name === 'claims') return parseClaims(text)
  if (name === 'expires_at') return parseTimeField(name, text)
  return text
}

function claimsPatch(before: Members, text: string): Members {
  const after = parseClaims(text)
  // Before the patch is made, which goes down every level: a form may hold thousands.
  requireOwnClaims(after)
  const patch = mergePatchBetween(before, after)
  if (!isDeepStrictEqual(mergePatch(before, patch), after)) {
    throw invalidArgument('claims', 'must not have null for a member, which would remove it')
  }
  return patch
}

function parseClaims(text: string): Members {
  let claims: unknown
  try {
    claims = JSON.parse(text)
  } catch {
    // V8's message quotes the text.
  }
  if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) return claims as Members
  throw invalidArgument('claims', 'must be a JSON object')
}
