import { button, form } from './forms.js'
import { html } from './html.js'
import type { View } from './page-context.js'
import { deniedTexts } from './texts/denied.js'

// A host and perhaps a port, in any script. A sentence would be the words of somebody who made the link.
const host = /^[\p{L}\p{N}\p{M}._:[\]-]{1,253}$/u

/** Tells somebody that the account is not enough for a site. Without a host the site goes unnamed. */
export const deniedPage: View<{ site: string }> = (context, { site }) => {
  const texts = deniedTexts[context.language]
  const { user, at } = context
  return {
    title: texts.title,
    main: html`<h1>${texts.title}</h1>
<dl>
${host.test(site) && html`<dt>${texts.site}</dt><dd><bdi>${site}</bdi></dd>`}
${user !== undefined && html`<dt>${texts.signedInAs}</dt><dd><bdi>${user.name}</bdi></dd>`}
</dl>
<p>${user === undefined ? texts.nobody : texts.notEnough}</p>
${
  user === undefined
    ? html`<p><a class="button" href="${at('/sign-in')}">${context.texts.signIn}</a></p>`
    : form(context, '/sign-out', button(texts.other))
}`
  }
}
