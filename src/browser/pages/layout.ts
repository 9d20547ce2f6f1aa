import { button, form } from './forms.js'
import { type Html, html } from './html.js'
import { languageNames, languages } from './languages.js'
import type { Page, PageContext } from './page-context.js'
import { scriptAddress } from './script.js'
import { styleAddress } from './style.js'

/** The text of a whole page. Costs a fraction of a millisecond. */
export function layOut(context: PageContext, { title, main, sections, isWide = false }: Page): string {
  const { language, texts, brand, at } = context
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – ${brand.name}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${at(styleAddress(brand))}">
<script src="${at(scriptAddress)}" defer></script>
</head>
<body>
<a class="skip" href="#main">${texts.skipToContent}</a>
<header>
<a class="brand" href="${at('/account')}">${brand.logo !== undefined && html`<img src="${at('/pages/logo')}" alt="" height="32">`}<span>${brand.name}</span></a>
${navigation(context)}
</header>
${sections}<main id="main" tabindex="-1"${isWide && html` class="wide"`}>
${main}
</main>
<footer>
${brand.support !== undefined && html`<p>${texts.support}: ${brand.support}</p>`}
<nav aria-label="${texts.language}"><ul>${languages.map((tag) => languageLink(context, tag))}</ul></nav>
</footer>
</body>
</html>
`.text
}

function navigation(context: PageContext): Html | false {
  const { user, texts, at } = context
  if (user === undefined) return false
  return html`<nav><ul>
<li><a href="${at('/account')}">${texts.account}</a></li>
${user.isAdmin && html`<li><a href="${at('/admin')}">${texts.administration}</a></li>`}
<li><bdi class="who">${user.name}</bdi></li>
<li>${form(context, '/sign-out', button(texts.signOut, 'plain'))}</li>
</ul></nav>`
}

function languageLink({ url, language, at }: PageContext, tag: (typeof languages)[number]): Html {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  searchParams.set('ui_locales', tag)
  return html`<li><a href="${at(`${pathname}?${searchParams}`)}" lang="${tag}" hreflang="${tag}"${tag === language && html` aria-current="true"`}>${languageNames[tag]}</a></li>`
}
