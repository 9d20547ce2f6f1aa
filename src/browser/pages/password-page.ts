import type { Refusal } from '../../errors/refusals.js'
import { accountSubpage } from './account-page.js'
import { currentPasswordField, currentPasswordMistake } from './current-password.js'
import { button, form, knownUserName, notice } from './forms.js'
import { html } from './html.js'
import { newPasswordField, newPasswordMistake } from './new-account-fields.js'
import type { View } from './page-context.js'
import { refusalText } from './refusal-text.js'
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
  const mistake = newPasswordMistake(context, { refusal, minLength })
  const isElsewhere =
    refusal !== undefined && mistake === undefined && currentPasswordMistake(context, refusal) === undefined
  const fields = [
    knownUserName(name),
    currentPasswordField(context, refusal),
    newPasswordField(context, { minLength, mistake }),
    button(change)
  ]
  return accountSubpage(context, title, [
    isElsewhere && notice('error', refusalText(context.language, refusal)),
    html`<p>${effect}</p>`,
    form(context, '/account/password', fields)
  ])
}
