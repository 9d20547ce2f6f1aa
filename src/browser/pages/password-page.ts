import type { Refusal } from '../../errors/refusals.js'
import { accountSubpage } from './account-page.js'
import { currentPasswordField, currentPasswordMistake } from './current-password.js'
import { button, form, knownUserName, notice } from './forms.js'
import { html } from './html.js'
import { newPasswordField, otherRefusal } from './new-account-fields.js'
import type { View } from './page-context.js'
import { accountTexts } from './texts/account.js'
import { passwordChangeTexts } from './texts/password-change.js'

interface PasswordModel {
  readonly name: string
  /** Whether the users file has the password. */
  readonly isManaged: boolean
  /** The least length of a new password, in characters. */
  readonly minLength: number
  readonly refusal?: Refusal | undefined
}

/** The form for a new password. */
export const passwordPage: View<PasswordModel> = (context, { name, isManaged, minLength, refusal }) => {
  const { title, change, effect } = passwordChangeTexts[context.language]
  if (isManaged) return accountSubpage(context, title, notice('info', accountTexts[context.language].managed))
  const isCurrent = refusal !== undefined && currentPasswordMistake(context, refusal) !== undefined
  const credentials = { refusal: isCurrent ? undefined : refusal, minLength }
  const fields = [
    knownUserName(name),
    currentPasswordField(context, refusal),
    newPasswordField(context, credentials),
    button(change)
  ]
  return accountSubpage(context, title, [
    otherRefusal(context, credentials),
    html`<p>${effect}</p>`,
    form(context, '/account/password', fields)
  ])
}
