import type { FactorOffer } from '../../accounts/second-factors.js'
import type { Refusal } from '../../errors/refusals.js'
import { copyable, copyButton, field } from './forms.js'
import { type Html, html } from './html.js'
import type { PageContext } from './page-context.js'
import { refusalText } from './refusal-text.js'
import { secondFactorTexts } from './texts/second-factor.js'

/** The secret of a second factor: as a QR code, and as text for who cannot scan. */
export function offeredFactor(context: PageContext, { qr, secret }: FactorOffer): Html {
  const { scan, qr: description, typeKey, key } = secondFactorTexts[context.language]
  const image = `data:image/svg+xml;base64,${Buffer.from(qr).toString('base64')}`
  return html`<p>${scan}</p>
<img class="qr" src="${image}" alt="${description}" width="208" height="208">
<p>${typeKey}</p>
${copyable(context, secret, key, inGroups(secret))}`
}

/** The field for a code: of the app alone, or of either kind. */
export function codeField(context: PageContext, kind: 'app' | 'any', refusal: Refusal | undefined): Html {
  const { code, appCodeHint, anyCodeHint } = secondFactorTexts[context.language]
  const error = refusal && codeMistake(context, refusal)
  return field(context, {
    name: 'otp',
    label: code,
    autocomplete: 'one-time-code',
    hint: kind === 'app' ? appCodeHint : anyCodeHint,
    isRequired: true,
    isFocused: error !== undefined,
    isVerbatim: true,
    error,
    // Recovery codes have letters.
    ...(kind === 'app' && { inputMode: 'numeric' })
  })
}

/** The mistake in a code; undefined for a refusal that is about something else. */
export function codeMistake({ language }: PageContext, refusal: Refusal): string | undefined {
  const { missing, wrong } = secondFactorTexts[language]
  switch (refusal.name) {
    case 'SecondFactorRequiredError':
      return missing
    case 'IncorrectSecondFactorError':
      return wrong
    case 'TooManyFailuresError':
      return refusalText(language, refusal)
    default:
      return undefined
  }
}

/** Recovery codes, which are shown this once, and the way on. */
export function recoveryCodes(context: PageContext, codes: readonly string[], next: string): Html {
  const { codesMeaning, keepCodes, kept } = secondFactorTexts[context.language]
  const texts = codes.map(inGroups)
  return html`<p>${codesMeaning}</p>
<p><strong>${keepCodes}</strong></p>
<ol class="codes">${texts.map((code) => html`<li><code>${code}</code></li>`)}</ol>
<p class="actions"><a class="button" href="${context.at(next)}">${kept}</a>${copyButton(context, texts.join('\n'))}</p>`
}

// Postern takes a code with and without the spaces, and so do the apps.
function inGroups(code: string): string {
  return code.replace(/.{4}(?=.)/g, '$& ')
}
