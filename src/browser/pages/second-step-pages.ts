import type { FactorOffer } from '../../accounts/second-factors.js'
import type { Refusal } from '../../errors/refusals.js'
import { codeField, codeMistake, offeredFactor, recoveryCodes } from './factor-set-up.js'
import { button, form, hidden, notice } from './forms.js'
import { type Html, html } from './html.js'
import type { PageContext, View } from './page-context.js'
import { refusalText } from './refusal-text.js'
import { secondFactorTexts } from './texts/second-factor.js'
import { secondStepTexts } from './texts/second-step.js'

/** The second step of a sign-in, of this user. */
export interface SecondStepModel {
  readonly name: string
  /** Of the code that was sent. */
  readonly refusal?: Refusal | undefined
  readonly formTarget?: string | undefined
  /** Where the sign-in leads, signed. */
  readonly destination?: string
}

/** The form for the code of a second factor. */
export const codePage: View<SecondStepModel> = (context, model) => {
  const { name, refusal, formTarget, destination } = model
  const { codeTitle, continue: proceed } = secondStepTexts[context.language]
  return {
    title: codeTitle,
    formTarget,
    main: html`<h1>${codeTitle}</h1>
${otherMistake(context, refusal)}
${signingIn(context, name)}
${form(context, '/sign-in/code', [hidden('destination', destination), codeField(context, 'any', refusal), button(proceed)])}
${cancel(context)}`
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
${cancel(context)}`
  }
}

/** The secret of a factor that a sign-in waits for, and the form for a code of it. The secret is shown once: the app has it by then. */
export const confirmSetUpPage: View<SecondStepModel & { offer?: FactorOffer }> = (context, model) => {
  const { offer, name, refusal } = model
  const { setUpTitle } = secondStepTexts[context.language]
  const { turnOn, again } = secondFactorTexts[context.language]
  const content = [codeField(context, 'app', refusal), button(turnOn)]
  return {
    title: setUpTitle,
    main: html`<h1>${setUpTitle}</h1>
${otherMistake(context, refusal)}
${signingIn(context, name)}
${offer !== undefined && offeredFactor(context, offer)}
${form(context, '/sign-in/confirm', content)}
${offer === undefined && form(context, '/sign-in/set-up', button(again, 'plain'))}
${cancel(context)}`
  }
}

/** The recovery codes, once; the sign-in is complete. @param next the path that leads on. */
export const setUpDonePage: View<{ codes: readonly string[]; next: string }> = (context, { codes, next }) => {
  const { codes: title } = secondFactorTexts[context.language]
  return {
    title,
    main: html`<h1>${title}</h1>
${recoveryCodes(context, codes, next)}`
  }
}

/** A refusal that is about more than the code. */
function otherMistake(context: PageContext, refusal: Refusal | undefined): Html | false {
  if (refusal === undefined || codeMistake(context, refusal) !== undefined) return false
  const { outdated } = secondFactorTexts[context.language]
  const isOutdated = refusal.name === 'SecondFactorDoesNotExistError'
  return notice('error', isOutdated ? outdated : refusalText(context.language, refusal))
}

function signingIn(context: PageContext, name: string): Html {
  return html`<p>${secondStepTexts[context.language].signingInAs} <bdi>${name}</bdi></p>`
}

function cancel(context: PageContext): Html {
  return form(context, '/sign-in/cancel', button(secondStepTexts[context.language].cancel, 'plain'))
}
