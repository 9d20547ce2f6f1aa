import { button, field, form, notice } from './forms.js'
import { type Html, html } from './html.js'
import type { PageContext, View } from './page-context.js'
import { secondStepTexts } from './texts/second-step.js'

/** The second step of a sign-in, of this user. */
export interface SecondStepModel {
  readonly name: string
  /** Of a code that was refused. */
  readonly error?: string | undefined
  /** A message above the form: a wait. */
  readonly notice?: string | undefined
  readonly formTarget?: string | undefined
}

/** The form for the code of a second factor. */
export const codePage: View<SecondStepModel> = (context, { name, error, notice: text, formTarget }) => {
  const { codeTitle, codeHint, continue: proceed } = secondStepTexts[context.language]
  const content = [codeField(context, { hint: codeHint, error }), button(proceed)]
  return {
    title: codeTitle,
    formTarget,
    main: html`<h1>${codeTitle}</h1>
${text !== undefined && notice('error', text)}
${signingIn(context, name)}
${form(context, '/sign-in/code', content)}
${startAgain(context)}`
  }
}

/** The page for somebody who has to set up a second factor before the sign-in is complete. */
export const setUpNeededPage: View<SecondStepModel> = (context, { name }) => {
  const { setUpTitle, setUpReason, setUpStart } = secondStepTexts[context.language]
  return {
    title: setUpTitle,
    main: html`<h1>${setUpTitle}</h1>
${signingIn(context, name)}
<p>${setUpReason}</p>
${form(context, '/sign-in/set-up', button(setUpStart))}
${startAgain(context)}`
  }
}

/** The field for a code of an authenticator app. */
export function codeField(
  context: PageContext,
  more: { hint?: string | undefined; error?: string | undefined }
): Html {
  return field(context, {
    name: 'otp',
    label: secondStepTexts[context.language].code,
    autocomplete: 'one-time-code',
    isRequired: true,
    isFocused: true,
    isVerbatim: true,
    ...more
  })
}

/** Says as whom somebody is signing in. */
export function signingIn(context: PageContext, name: string): Html {
  return html`<p>${secondStepTexts[context.language].signingInAs} <bdi>${name}</bdi></p>`
}

/** The button that drops a sign-in under way. */
export function startAgain(context: PageContext): Html {
  return form(context, '/sign-in/restart', button(secondStepTexts[context.language].startAgain, 'plain'))
}
