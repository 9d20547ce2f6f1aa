import { type Html, type HtmlValue, html } from './html.js'
import type { Page, PageContext } from './page-context.js'
import { adminTexts } from './texts/admin.js'

/** A section of the operator's pages, by the end of its path. */
export type AdminSection = 'users' | 'invitations' | 'api-keys' | 'signing-keys'

/** The page of a section, with its heading. */
export function adminPage(
  context: PageContext,
  section: AdminSection,
  title: string,
  main: HtmlValue,
  isWide = true
): Page {
  return {
    title: `${title} – ${context.texts.administration}`,
    main: html`<h1><bdi>${title}</bdi></h1>
${main}`,
    sections: sections(context, section),
    isWide
  }
}

function sections(context: PageContext, current: AdminSection): Html {
  const { accounts, invitations, apiKeys, signingKeys } = adminTexts[context.language]
  const links: [AdminSection, string][] = [
    ['users', accounts],
    ['invitations', invitations],
    ['api-keys', apiKeys],
    ['signing-keys', signingKeys]
  ]
  return html`<nav class="sections" aria-label="${context.texts.administration}"><ul>${links.map(
    ([section, label]) =>
      html`<li><a href="${context.at(`/admin/pages/${section}`)}"${section === current && html` aria-current="true"`}>${label}</a></li>`
  )}</ul></nav>
`
}

/** A table that scrolls inside a box of its own where it is too wide. */
export function table(
  label: string,
  heads: readonly string[],
  rows: readonly (readonly HtmlValue[])[]
): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(
    (cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`
  )}</tbody>
</table></div>
`
}

/** A link that looks like a button. */
export function buttonLink(
  context: PageContext,
  path: string,
  label: string,
  kind: 'primary' | 'plain' = 'plain'
): Html {
  return html`<a class="button ${kind}" href="${context.at(path)}">${label}</a>
`
}

/** The ways on from a page of a list. @param pathOf the path of a page, of the first one without a cursor. */
export function pageLinks(
  context: PageContext,
  { isFirst, next }: { isFirst: boolean; next?: string | undefined },
  pathOf: (cursor?: string) => string
): Html | false {
  if (isFirst && next === undefined) return false
  const { firstPage, nextPage } = adminTexts[context.language]
  return html`<p class="actions">${!isFirst && buttonLink(context, pathOf(), firstPage)}${next !== undefined && buttonLink(context, pathOf(next), nextPage)}</p>
`
}

/** Buttons and links beside each other. */
export function actions(...content: readonly (Html | false)[]): Html {
  return html`<div class="actions">${content}</div>
`
}

/** The path of a page of a list. */
export function pathWith(path: string, cursor: string | undefined): string {
  return cursor === undefined ? path : `${path}?${new URLSearchParams({ cursor })}`
}
