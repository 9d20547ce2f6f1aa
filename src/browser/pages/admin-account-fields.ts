import type { AccountField, AccountFields } from '../account-form.js'
import { checkbox, type Field, field } from './forms.js'
import { type Html, html } from './html.js'
import type { Mistakes } from './mistakes.js'
import type { PageContext } from './page-context.js'
import { adminTexts } from './texts/admin.js'
import { adminFieldTexts } from './texts/admin-fields.js'

/** The fields beside which a mistake is told. */
export const accountFieldsWithMistakes: readonly AccountField[] = [
  'user',
  'display_name',
  'email',
  'groups',
  'claims',
  'expires_at',
  'external_id'
]

/** The label of each field of an account. */
export function accountLabels(context: PageContext): Readonly<Record<AccountField, string>> {
  const { userName, displayName, emailAddress } = context.texts
  const { emailVerified, claims, expiresAt, externalId } = adminFieldTexts[context.language]
  return {
    user: userName,
    display_name: displayName,
    email: emailAddress,
    email_verified: emailVerified,
    groups: adminTexts[context.language].groups,
    claims,
    expires_at: expiresAt,
    external_id: externalId
  }
}

/** The fields of an account on a form. @param noteOf a text of its own below the label of a field. */
export function accountFieldsOf(
  context: PageContext,
  values: AccountFields,
  mistakes: Mistakes,
  noteOf: (name: AccountField) => string | undefined = () => undefined
): Html {
  const labels = accountLabels(context)
  const hints = adminFieldTexts[context.language]
  const one = (name: AccountField, more: Partial<Field>): Html => {
    const error = mistakes.at(name)
    const hint = [more.hint, noteOf(name)].filter((text) => text !== undefined).join(' ')
    return field(context, {
      name,
      label: labels[name],
      value: values[name],
      autocomplete: 'off',
      isFocused: error !== undefined,
      ...more,
      error,
      hint: hint === '' ? undefined : hint
    })
  }
  return html`${one('user', { isRequired: true, isVerbatim: true })}
${one('display_name', {})}
${one('email', { inputMode: 'email', isVerbatim: true, hint: hints.emailHint })}
${checkbox('email_verified', labels.email_verified, values.email_verified !== '')}
${one('groups', { rows: 4, isVerbatim: true, hint: hints.groupsHint })}
${one('claims', { rows: 6, isVerbatim: true, hint: hints.claimsHint })}
${one('expires_at', { type: 'datetime-local', hint: hints.expiresAtHint })}
${one('external_id', { isVerbatim: true, hint: hints.externalIdHint })}`
}
