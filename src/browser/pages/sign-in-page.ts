import { button, field, form, hidden, notice } from './forms.js'
import { type Html, type HtmlValue, html } from './html.js'
import type { PageContext, View } from './page-context.js'
import { signInTexts } from './texts/sign-in.js'

/** A message above the form. */
export interface Notice {
  readonly kind: 'error' | 'success' | 'info'
  readonly text: string
}

/** The state of the form for name and password. */
export interface SignInModel {
  /** The name that was typed, or that of the one who gives the password again. */
  readonly name?: string | undefined
  /** The password is asked for again: the name stays. */
  readonly isAgain?: boolean
  readonly notice?: Notice | false
  /** Whether a form without a name, or without a password, was sent. */
  readonly isIncomplete?: boolean
  /** The origin of the page that the person comes back to, where it is another host's. */
  readonly formTarget?: string | undefined
  /** Where the sign-in leads, signed. */
  readonly destination?: string
}

/** The form for name and password. */
export const signInPage: View<SignInModel> = (context, model) => {
  const texts = signInTexts[context.language]
  const title = model.isAgain ? texts.againTitle : texts.title
  return {
    title,
    formTarget: model.formTarget,
    main: html`<h1>${title}</h1>
${model.notice && notice(model.notice.kind, model.notice.text)}
${model.isAgain && html`<p>${texts.againReason}</p>`}
${form(context, '/sign-in', fields(context, model))}
${model.isAgain ? notYou(context) : context.isRegistrationOpen && html`<p>${texts.isNewHere} <a href="${context.at('/sign-up')}">${context.texts.signUp}</a></p>`}`
  }
}

function fields(context: PageContext, model: SignInModel): HtmlValue[] {
  const { name = '', isAgain, isIncomplete, destination } = model
  const { nameMissing, passwordMissing } = signInTexts[context.language]
  const { userName, password, signIn } = context.texts
  return [
    hidden('destination', destination),
    field(context, {
      name: 'user',
      label: userName,
      autocomplete: 'username',
      value: name,
      isRequired: true,
      isReadOnly: isAgain === true,
      isFocused: name === '',
      isVerbatim: true,
      error: isIncomplete && name === '' ? nameMissing : undefined
    }),
    field(context, {
      name: 'pass',
      label: password,
      type: 'password',
      autocomplete: 'current-password',
      isRequired: true,
      isFocused: name !== '',
      error: isIncomplete ? passwordMissing : undefined
    }),
    button(signIn)
  ]
}

function notYou(context: PageContext): Html {
  return html`<div class="actions"><span>${signInTexts[context.language].isSomebodyElse}</span>
${form(context, '/sign-out', button(context.texts.signOut, 'plain'))}</div>`
}
