import type { SigningKeys } from '../../admin/signing-keys.js'
import type { Refusal } from '../../errors/refusals.js'
import { adminPage, buttonLink, table } from './admin-frame.js'
import { button, form } from './forms.js'
import { type HtmlValue, html } from './html.js'
import { mistakesOf } from './mistakes.js'
import type { PageContext, View } from './page-context.js'
import { adminTexts } from './texts/admin.js'
import { adminKeysTexts } from './texts/admin-keys.js'

type KeyState = ReturnType<SigningKeys['list']>[number]

/** The signing keys, in the words of `postern keys`. */
export const adminSigningKeysPage: View<{ keys: readonly KeyState[]; refusal?: Refusal | undefined }> = (
  context,
  { keys, refusal }
) => {
  const { signingKeys, actions, key } = adminTexts[context.language]
  const { algorithm, use, rotate, rotateText, retire } = adminKeysTexts[context.language]
  const rows = keys.map((state) => [
    html`<code>${state.kid}</code>`,
    state.algorithm,
    useOf(context, state),
    keys.length > 1 && buttonLink(context, `/admin/pages/signing-keys/${state.kid}/retire`, retire)
  ])
  const main = [
    mistakesOf(context, refusal, []).notice,
    table(signingKeys, [key, algorithm, use, actions], rows),
    html`<h2>${rotate}</h2>
<p>${rotateText}</p>
`,
    form(context, '/admin/pages/signing-keys', button(rotate))
  ]
  return adminPage(context, 'signing-keys', signingKeys, main)
}

function useOf(context: PageContext, { state, signsFrom = 0, verifiesUntil = 0 }: KeyState): HtmlValue {
  const texts = adminKeysTexts[context.language]
  if (state === 'waits') return texts.signsFrom(context.time(signsFrom))
  return state === 'verifies' ? texts.verifiesUntil(context.time(verifiesUntil)) : texts.signs
}
