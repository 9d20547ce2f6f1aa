import { type Html, html } from './html.js'
import type { Language } from './languages.js'
import { commonTexts } from './texts/common.js'
import { deniedTexts } from './texts/denied.js'
import { siteTexts } from './texts/site.js'

/** The policy of a page on the host of a site: it loads nothing, and leads away. */
export const sitePagePolicy =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** A page on the host of a site, for somebody who may not see it. @param address of the page that says as whom he is signed in. */
export function siteDeniedPage(language: Language, address: string): string {
  const { title, notEnough } = deniedTexts[language]
  return bare(
    language,
    title,
    html`<p>${notEnough}</p>
<p><a href="${address}">${commonTexts[language].account}</a></p>`
  )
}

/** A page on the host of a site, for a browser whose sign-in did not arrive. @param address of the page that it came for, if it is known. */
export function siteSignInOverPage(language: Language, address: string): string {
  const { over, again } = siteTexts[language]
  return bare(language, over, html`<p><a href="${address}">${again}</a></p>`)
}

// The style sheet is on another host.
function bare(language: Language, title: string, content: Html): string {
  return html`<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title}</title><link rel="icon" href="data:,"></head>
<body><main><h1>${title}</h1>
${content}</main></body>
</html>
`.text
}
