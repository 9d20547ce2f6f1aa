import type { RefusalName } from '../../errors/refusals.js'
import { html } from './html.js'
import type { View } from './page-context.js'
import { errorTexts } from './texts/errors.js'

/** A page that says why there is no other one. */
export const errorPage: View<{ name: RefusalName }> = (context, { name }) => {
  const { title, toAccount, unknown, refusals } = errorTexts[context.language]
  return {
    title,
    main: html`<h1>${title}</h1>
<p role="alert">${refusals[name] ?? unknown}</p>
<p><a href="${context.at('/account')}">${toAccount}</a></p>`
  }
}
