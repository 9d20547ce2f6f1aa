import { button, form, hidden } from './forms.js'
import { html } from './html.js'
import {
  type NewCredentials,
  newNameField,
  newPasswordField,
  newPasswordMistake,
  otherRefusal
} from './new-account-fields.js'
import type { View } from './page-context.js'
import { newAccountTexts } from './texts/new-account.js'

interface SignUpModel extends NewCredentials {
  readonly formTarget?: string | undefined
  /** Where the sign-in leads, signed. */
  readonly destination?: string
}

/** The form with which everybody makes an account. */
export const signUpPage: View<SignUpModel> = (context, model) => {
  const { signUpTitle, create, hasAccount } = newAccountTexts[context.language]
  const content = [
    hidden('destination', model.destination),
    newNameField(context, model),
    newPasswordField(context, { minLength: model.minLength, mistake: newPasswordMistake(context, model) }),
    button(create)
  ]
  return {
    title: signUpTitle,
    formTarget: model.formTarget,
    main: html`<h1>${signUpTitle}</h1>
${otherRefusal(context, model)}
${form(context, '/sign-up', content)}
<p>${hasAccount} <a href="${context.at('/sign-in')}">${context.texts.signIn}</a></p>`
  }
}

/** The page in its place while registration is closed. */
export const signUpClosedPage: View<unknown> = (context) => {
  const { signUpTitle, closed } = newAccountTexts[context.language]
  return {
    title: signUpTitle,
    main: html`<h1>${signUpTitle}</h1>
<p>${closed}</p>
<p><a href="${context.at('/sign-in')}">${context.texts.signIn}</a></p>`
  }
}
