import type { AccountView } from '../../admin/account-view.js'
import type { Refusal } from '../../errors/refusals.js'
import { type AccountField, type AccountFields, accountFields } from '../account-form.js'
import { fieldDigests } from '../edited-account.js'
import { accountFieldsOf, accountFieldsWithMistakes, accountLabels } from './admin-account-fields.js'
import { actions, adminPage, buttonLink } from './admin-frame.js'
import { button, choice, field, form, hidden, notice } from './forms.js'
import { type Html, html } from './html.js'
import { mistakesOf } from './mistakes.js'
import type { PageContext, View } from './page-context.js'
import { adminTexts } from './texts/admin.js'
import { adminUsersTexts } from './texts/admin-users.js'

/** The form for a new account. */
export const newAccountPage: View<{ fields: AccountFields; way: string; refusal?: Refusal | undefined }> = (
  context,
  { fields, way, refusal }
) => {
  const { newTitle, make, signInBy, ways, passwordHint } = adminUsersTexts[context.language]
  const mistakes = mistakesOf(context, refusal, [...accountFieldsWithMistakes, 'pass'])
  const options = Object.entries(ways).map(([value, label]) => ({ value, label }))
  const error = mistakes.at('pass')
  const content = [
    accountFieldsOf(context, fields, mistakes),
    choice('way', signInBy, options, way),
    field(context, {
      name: 'pass',
      label: context.texts.password,
      type: 'password',
      autocomplete: 'new-password',
      hint: passwordHint,
      error,
      isFocused: error !== undefined
    }),
    actions(button(make), buttonLink(context, '/admin/pages/users', context.texts.cancel))
  ]
  const main = [mistakes.notice, form(context, '/admin/pages/users/new', content)]
  return adminPage(context, 'users', newTitle, main, false)
}

/** The model of the form for a change of an account. */
export interface EditedAccount {
  readonly account: AccountView
  /** The version of the record that the form is about. */
  readonly version: string
  /** The state of the record's fields. */
  readonly recorded: AccountFields
  /** The state of the form. */
  readonly fields: AccountFields
  /** The fields that somebody else has changed meanwhile. */
  readonly changed?: readonly AccountField[]
  readonly isLastAdmin: boolean
  readonly refusal?: Refusal | undefined
}

/** The form for a change of an account. */
export const editAccountPage: View<EditedAccount> = (context, model) => {
  const { account, version, recorded, fields, changed = [], isLastAdmin, refusal } = model
  const { edit, editHint, managedHint, nowIs, nowEmpty } = adminUsersTexts[context.language]
  const path = `/admin/pages/users/${account.uid}`
  const mistakes = mistakesOf(context, refusal, accountFieldsWithMistakes)
  const noteOf = (name: AccountField) => {
    if (!changed.includes(name) || fields[name] === recorded[name]) return undefined
    return recorded[name] === '' ? nowEmpty : nowIs(recorded[name])
  }
  const content = [
    html`${hidden('version', version)}
${hidden('digests', fieldDigests(recorded))}
`,
    accountFieldsOf(context, fields, mistakes, noteOf),
    html`<p class="quiet">${editHint}</p>
`,
    actions(button(context.texts.save), buttonLink(context, path, context.texts.cancel))
  ]
  const main = [
    html`<p><bdi>${account.user}</bdi></p>
`,
    mistakes.notice,
    changed.length > 0 && changedNotice(context, changed),
    isLastAdmin && notice('info', adminTexts[context.language].lastAdmin),
    account.managed_by === 'file' && notice('info', managedHint),
    form(context, `${path}/edit`, content)
  ]
  return adminPage(context, 'users', edit, main, false)
}

function changedNotice(context: PageContext, changed: readonly AccountField[]): Html {
  const labels = accountLabels(context)
  const names = accountFields.filter((name) => changed.includes(name))
  return notice(
    'error',
    html`<p>${adminUsersTexts[context.language].changedMeanwhile}</p><ul>${names.map((name) => html`<li>${labels[name]}</li>`)}</ul>`
  )
}
