import type { User } from '../../store/store.js'
import { notice } from './forms.js'
import { type Html, type HtmlValue, html } from './html.js'
import type { Page, PageContext, View } from './page-context.js'
import { type AccountChange, accountTexts } from './texts/account.js'

/** One's own account: who one is here, and the way to each change. */
export const accountPage: View<{ user: User; change: AccountChange | undefined }> = (
  context,
  { user, change }
) => {
  const texts = accountTexts[context.language]
  const { userName, displayName, emailAddress, password, never } = context.texts
  const { name, email, groups, passwordChangedAt, secondFactor } = user
  const changed = html`${texts.lastChange} ${passwordChangedAt === undefined ? never : context.time(passwordChangedAt)}`
  return {
    title: texts.title,
    main: html`<h1>${texts.title}</h1>
${changeNotice(context, change)}
<dl>
<dt>${userName}</dt><dd><bdi>${name}</bdi></dd>
${email !== undefined && html`<dt>${emailAddress}</dt><dd><bdi>${email}</bdi> <span class="tag">${user.emailVerified === true ? texts.verified : texts.unverified}</span></dd>`}
${groups !== undefined && html`<dt>${texts.groups}</dt><dd>${groups.map((group) => html`<bdi class="tag">${group}</bdi> `)}</dd>`}
</dl>
<ul class="cards">
${card('/account/name', displayName, user.displayName === undefined ? texts.none : html`<bdi>${user.displayName}</bdi>`)}
${card('/account/password', password, changed)}
${card('/account/second-factor', texts.secondFactor, secondFactor === undefined ? texts.off : texts.on)}
${card('/account/sessions', texts.sessions, texts.sessionsHint)}
${card('/account/delete', texts.deletion, texts.deletionHint)}
</ul>`
  }

  function card(path: string, title: string, state: HtmlValue): Html {
    return html`<li><a href="${context.at(path)}">${title}</a><br><span class="quiet">${state}</span></li>
`
  }
}

/** A page for one thing of the account, with the way back. */
export function accountSubpage(context: PageContext, title: string, content: HtmlValue): Page {
  const { back } = accountTexts[context.language]
  return {
    title,
    main: html`<h1>${title}</h1>
${content}
<p><a href="${context.at('/account')}">${back}</a></p>`
  }
}

/** Tells a change that was made, if there was one. */
export function changeNotice({ language }: PageContext, change: AccountChange | undefined): Html | false {
  return change !== undefined && notice('success', accountTexts[language].changes[change])
}

/** The change that the query of a page names; undefined for any other word. */
export function changeOf(query: unknown): AccountChange | undefined {
  const { changed = '' } = query as { changed?: string }
  return Object.hasOwn(accountTexts.en.changes, changed) ? (changed as AccountChange) : undefined
}
