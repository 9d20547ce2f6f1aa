import type { Refusal } from '../../errors/refusals.js'
import type { ListedSession } from '../../sessions/session-list.js'
import { deviceOf, shortUserAgent } from '../device.js'
import { accountSubpage, changeNotice } from './account-page.js'
import { button, form, notice } from './forms.js'
import { type Html, html } from './html.js'
import type { PageContext, View } from './page-context.js'
import { refusalText } from './refusal-text.js'
import { type AccountChange, accountTexts } from './texts/account.js'
import { sessionListTexts } from './texts/session-list.js'

interface SessionListModel {
  readonly sessions: readonly ListedSession[]
  /** The id of the session that the page is shown in. */
  readonly current: string
  readonly change?: AccountChange | undefined
  readonly refusal?: Refusal | undefined
}

/** The living sessions of an account: this one, then those that were used last. */
export const sessionListPage: View<SessionListModel> = (context, model) => {
  const { sessions, current, change, refusal } = model
  const { endOthers, endOthersEffect } = sessionListTexts[context.language]
  const sorted = [...sessions].sort((a, b) => {
    const isFirst = Number(b.id === current) - Number(a.id === current)
    return isFirst || lastUse(b) - lastUse(a)
  })
  const list = html`<ul class="cards">${sorted.map((session) => card(context, session, session.id === current))}</ul>`
  return accountSubpage(context, accountTexts[context.language].sessions, [
    changeNotice(context, change),
    refusal !== undefined && notice('error', mistake(context, refusal)),
    form(context, '/account/sessions/end', list),
    html`<p>${endOthersEffect}</p>`,
    form(context, '/account/sessions/end-others', button(endOthers, 'danger'))
  ])
}

function lastUse({ lastUsedAt, issuedAt }: ListedSession): number {
  return lastUsedAt ?? issuedAt
}

function card(context: PageContext, session: ListedSession, isCurrent: boolean): Html {
  const { id, kind, address, issuedAt } = session
  const texts = sessionListTexts[context.language]
  const kindOf = kind === 'browser' ? texts.browser : texts.application
  return html`<li>
<p><strong id="session-${id}"><bdi>${nameOf(context, session)}</bdi></strong> <span class="tag">${isCurrent ? texts.thisOne : kindOf}</span></p>
<dl>
<dt>${texts.address}</dt><dd><bdi>${address}</bdi></dd>
<dt>${texts.begun}</dt><dd>${context.time(issuedAt)}</dd>
<dt>${texts.lastUse}</dt><dd>${context.time(lastUse(session))}</dd>
</dl>
${!isCurrent && html`<button type="submit" class="plain" name="id" value="${id}" aria-describedby="session-${id}">${texts.end}</button>`}
</li>
`
}

/** The OAuth client of a session, or its device: readable if that is known, else the words of the client. */
function nameOf({ language }: PageContext, { clientId, userAgent }: ListedSession): string {
  const { device: inWords, unknown } = sessionListTexts[language]
  if (clientId !== undefined) return clientId
  if (userAgent === undefined) return unknown
  const device = deviceOf(userAgent)
  return device === undefined ? shortUserAgent(userAgent) : inWords(device.browser, device.system)
}

function mistake({ language }: PageContext, refusal: Refusal): string {
  return refusal.name === 'SessionDoesNotExistError'
    ? sessionListTexts[language].gone
    : refusalText(language, refusal)
}
