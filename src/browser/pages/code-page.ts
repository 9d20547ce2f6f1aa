import type { Refusal } from '../../errors/refusals.js'
import { codeField, codeMistake } from './factor-set-up.js'
import { button, form, notice } from './forms.js'
import { type Html, html } from './html.js'
import type { PageContext, View } from './page-context.js'
import { refusalText } from './refusal-text.js'
import { secondStepTexts } from './texts/second-step.js'

/** The second step of a sign-in, of this user. */
export interface SecondStepModel {
  readonly name: string
  /** Of the code that was sent. */
  readonly refusal?: Refusal
  readonly formTarget?: string | undefined
}

/** The form for the code of a second factor. */
export const codePage: View<SecondStepModel> = (context, { name, refusal, formTarget }) => {
  const { codeTitle, continue: proceed } = secondStepTexts[context.language]
  const isOther = refusal !== undefined && codeMistake(context, refusal) === undefined
  return {
    title: codeTitle,
    formTarget,
    main: html`<h1>${codeTitle}</h1>
${isOther && notice('error', refusalText(context.language, refusal))}
${signingIn(context, name)}
${form(context, '/sign-in/code', [codeField(context, 'any', refusal), button(proceed)])}
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

/** Says as whom somebody is signing in. */
export function signingIn(context: PageContext, name: string): Html {
  return html`<p>${secondStepTexts[context.language].signingInAs} <bdi>${name}</bdi></p>`
}

/** The button that drops a sign-in under way. */
export function startAgain(context: PageContext): Html {
  return form(context, '/sign-in/restart', button(secondStepTexts[context.language].startAgain, 'plain'))
}
