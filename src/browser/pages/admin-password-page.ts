import type { AccountView } from '../../admin/account-view.js'
import type { Refusal } from '../../errors/refusals.js'
import { actions, adminPage, buttonLink } from './admin-frame.js'
import { button, choice, field, form, knownUserName } from './forms.js'
import { html } from './html.js'
import { lifetimeOptions } from './lifetimes.js'
import { mistakesOf } from './mistakes.js'
import type { View } from './page-context.js'
import { adminTexts } from './texts/admin.js'
import { adminAccountTexts } from './texts/admin-account.js'

// In seconds.
const linkLifetimes = [1800, 14_400, 86_400, 604_800]

/** The two ways in which an account gets a password. */
export const adminPasswordPage: View<{ account: AccountView; refusal?: Refusal | undefined }> = (
  context,
  { account, refusal }
) => {
  const texts = adminAccountTexts[context.language]
  const { lifetime } = adminTexts[context.language]
  const { newPassword, back } = context.texts
  const path = `/admin/pages/users/${account.uid}`
  const mistakes = mistakesOf(context, refusal, ['pass'])
  const error = mistakes.at('pass')
  const link = [
    choice('expires_in', lifetime, lifetimeOptions(context, linkLifetimes)),
    button(texts.makeLink)
  ]
  const password = [
    knownUserName(account.user),
    field(context, {
      name: 'pass',
      label: newPassword,
      type: 'password',
      autocomplete: 'new-password',
      isRequired: true,
      error,
      isFocused: error !== undefined
    }),
    button(texts.setPassword, 'plain')
  ]
  const main = [
    html`<p><bdi>${account.user}</bdi></p>
`,
    mistakes.notice,
    html`<h2>${texts.makeLink}</h2>
<p>${account.state === 'active' ? texts.makeLinkText : texts.notActive}</p>
`,
    account.state === 'active' && form(context, `${path}/password-link`, link),
    html`<h2>${texts.setPassword}</h2>
<p>${texts.setPasswordText}</p>
`,
    form(context, `${path}/password`, password),
    actions(buttonLink(context, path, back))
  ]
  return adminPage(context, 'users', texts.passwordTitle, main, false)
}
