import type { Refusal } from '../../errors/refusals.js'
import { accountSubpage } from './account-page.js'
import { currentPasswordField, currentPasswordMistake } from './current-password.js'
import { button, form, knownUserName, notice } from './forms.js'
import { html } from './html.js'
import type { View } from './page-context.js'
import { refusalText } from './refusal-text.js'
import { accountDeletionTexts } from './texts/account-deletion.js'

/** The form that deletes one's own account. */
export const accountDeletionPage: View<{ name: string; refusal?: Refusal | undefined }> = (
  context,
  { name, refusal }
) => {
  const { title, effects, submit } = accountDeletionTexts[context.language]
  const isElsewhere = refusal !== undefined && currentPasswordMistake(context, refusal) === undefined
  const fields = [knownUserName(name), currentPasswordField(context, refusal), button(submit, 'danger')]
  return accountSubpage(context, title, [
    isElsewhere && notice('error', refusalText(context.language, refusal)),
    html`<ul>${effects.map((effect) => html`<li>${effect}</li>`)}</ul>`,
    form(context, '/account/delete', fields)
  ])
}

/** The page after that. */
export const goodbyePage: View<undefined> = (context) => {
  const { goodbye, deleted } = accountDeletionTexts[context.language]
  return { title: goodbye, main: html`<h1>${goodbye}</h1>${notice('success', deleted)}` }
}
