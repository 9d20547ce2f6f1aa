import type { FactorOffer } from '../../accounts/second-factors.js'
import type { Refusal } from '../../errors/refusals.js'
import type { SecondFactor } from '../../store/store.js'
import { accountSubpage, changeNotice } from './account-page.js'
import { codeField, codeMistake, offeredFactor, recoveryCodes } from './factor-set-up.js'
import { button, form, notice } from './forms.js'
import { type Html, html } from './html.js'
import type { PageContext, View } from './page-context.js'
import { refusalText } from './refusal-text.js'
import { type AccountChange, accountTexts } from './texts/account.js'
import { secondFactorTexts } from './texts/second-factor.js'

interface StateModel {
  readonly factor: SecondFactor | undefined
  /** Whether the account must have one. */
  readonly isRequired: boolean
  readonly change: AccountChange | undefined
}

/** Whether the account has a second factor, and the way to each change. */
export const secondFactorPage: View<StateModel> = (context, { factor, isRequired, change }) => {
  const texts = secondFactorTexts[context.language]
  const link = (path: string, title: string, effect: string) =>
    html`<li><a href="${context.at(path)}">${title}</a><br><span class="quiet">${effect}</span></li>
`
  const content =
    factor === undefined
      ? html`<p>${texts.meaning}</p>
<p><a class="button" href="${context.at('/account/second-factor/new')}">${texts.setUp}</a></p>`
      : html`<dl>
<dt>${texts.since}</dt><dd>${context.time(factor.createdAt)}</dd>
<dt>${texts.codesLeft}</dt><dd>${factor.recoveryCodes.length}</dd>
</dl>
<ul class="cards">
${link('/account/second-factor/recovery-codes', texts.newCodes, texts.newCodesEffect)}
${link('/account/second-factor/new', texts.replace, texts.replaceEffect)}
${!isRequired && link('/account/second-factor/remove', texts.remove, texts.removeEffect)}
</ul>
${isRequired && html`<p>${texts.required}</p>`}`
  return accountSubpage(context, accountTexts[context.language].secondFactor, [
    changeNotice(context, change),
    content
  ])
}

interface CodeModel {
  readonly refusal?: Refusal | undefined
}

/** The page before the secret is shown; one who has a factor gives a code of it. */
export const newFactorPage: View<CodeModel & { hasFactor: boolean }> = (context, { hasFactor, refusal }) => {
  const texts = secondFactorTexts[context.language]
  const fields = [hasFactor && codeField(context, 'any', refusal), button(texts.showQr)]
  return accountSubpage(context, hasFactor ? texts.replace : texts.setUp, [
    otherMistake(context, refusal),
    html`<p>${texts.needsApp}</p>
<p>${hasFactor && html`${texts.replaceEffect} `}${texts.effect}</p>`,
    form(context, '/account/second-factor/new', fields)
  ])
}

/** The secret, and the form for a code of it. Without the offer, which is shown once, only the form: the app has the secret by then. */
export const confirmFactorPage: View<CodeModel & { offer?: FactorOffer }> = (context, { offer, refusal }) => {
  const texts = secondFactorTexts[context.language]
  return accountSubpage(context, texts.setUp, [
    otherMistake(context, refusal, texts.outdated),
    offer !== undefined && offeredFactor(context, offer),
    form(context, '/account/second-factor/confirm', [
      codeField(context, 'app', refusal),
      button(texts.turnOn)
    ]),
    offer === undefined &&
      html`<p><a href="${context.at('/account/second-factor/new')}">${texts.again}</a></p>`
  ])
}

interface RecoveryCodesModel {
  readonly codes: readonly string[]
  readonly change?: AccountChange
  /** The path that follows. */
  readonly next?: string | undefined
}

/** The recovery codes, once. */
export const recoveryCodesPage: View<RecoveryCodesModel> = (
  context,
  { codes, change, next = '/account/second-factor' }
) => {
  const title = secondFactorTexts[context.language].codes
  return {
    title,
    main: html`<h1>${title}</h1>
${changeNotice(context, change)}
${recoveryCodes(context, codes, next)}`
  }
}

/** The form for new recovery codes. */
export const newCodesPage: View<CodeModel> = (context, { refusal }) => {
  const texts = secondFactorTexts[context.language]
  return accountSubpage(context, texts.newCodes, [
    otherMistake(context, refusal),
    html`<p>${texts.codesMeaning} ${texts.newCodesEffect}</p>`,
    form(context, '/account/second-factor/recovery-codes', [
      codeField(context, 'any', refusal),
      button(texts.newCodes)
    ])
  ])
}

/** The form that removes the second factor. */
export const removeFactorPage: View<CodeModel & { isRequired: boolean }> = (
  context,
  { isRequired, refusal }
) => {
  const texts = secondFactorTexts[context.language]
  if (isRequired) return accountSubpage(context, texts.remove, notice('info', texts.required))
  return accountSubpage(context, texts.remove, [
    otherMistake(context, refusal),
    html`<p>${texts.removeEffect}</p>`,
    form(context, '/account/second-factor/remove', [
      codeField(context, 'any', refusal),
      button(texts.remove, 'danger')
    ])
  ])
}

/** A mistake that is none of the code. */
function otherMistake(context: PageContext, refusal: Refusal | undefined, none?: string): Html | false {
  if (refusal === undefined || codeMistake(context, refusal) !== undefined) return false
  const texts = secondFactorTexts[context.language]
  switch (refusal.name) {
    case 'SecondFactorDoesNotExistError':
      return notice('error', none ?? texts.none)
    case 'SecondFactorSetupRequiredError':
      return notice('error', texts.required)
    default:
      return notice('error', refusalText(context.language, refusal))
  }
}
