import type { AccountDetails } from '../../admin/account-view.js'
import type { describeSessions } from '../../sessions/session-view.js'
import { deviceOf, shortUserAgent } from '../device.js'
import { searchPath } from '../user-search.js'
import { actions, adminPage, buttonLink, table } from './admin-frame.js'
import { stateTag } from './admin-users-page.js'
import { button, form, notice } from './forms.js'
import { type Html, type HtmlValue, html } from './html.js'
import type { PageContext, View } from './page-context.js'
import { adminTexts } from './texts/admin.js'
import { adminAccountTexts } from './texts/admin-account.js'
import { adminFieldTexts } from './texts/admin-fields.js'
import { adminUsersTexts } from './texts/admin-users.js'

/** A session, as the lists tell it. */
export type SessionView = ReturnType<typeof describeSessions>['refresh_tokens'][number]

/** An account with all that an operator sees and does. */
export interface AccountPage {
  readonly account: AccountDetails
  readonly sessions: readonly SessionView[]
  /** The end of the link that sets the password, if there is one. */
  readonly linkExpiresAt: number | undefined
  readonly isLastAdmin: boolean
  /** Whether the browser comes from a change that was made. */
  readonly isDone: boolean
}

/** One account. */
export const adminAccountPage: View<AccountPage> = (context, model) => {
  const { account, sessions, isLastAdmin, isDone } = model
  const { done, lastAdmin, actions: actionsTitle } = adminTexts[context.language]
  const texts = adminAccountTexts[context.language]
  const main = [
    isDone && notice('success', done),
    isLastAdmin && notice('info', lastAdmin),
    members(context, model),
    html`<h2>${actionsTitle}</h2>
`,
    actionsOf(context, account),
    html`<h2>${texts.sessions}</h2>
`,
    sessions.length === 0
      ? html`<p>${texts.noSessions}</p>
`
      : sessionTable(context, account, sessions)
  ]
  return adminPage(context, 'users', account.user, main)
}

function members(context: PageContext, { account, linkExpiresAt }: AccountPage): Html {
  const { displayName, emailAddress, password } = context.texts
  const { groups, state, made, expires } = adminTexts[context.language]
  const { claims, externalId } = adminFieldTexts[context.language]
  const { lastLogin, verified } = adminUsersTexts[context.language]
  const texts = adminAccountTexts[context.language]
  const has = (isSet: boolean) => (isSet ? texts.set : texts.notSet)
  const time = (seconds: number | undefined) => seconds !== undefined && context.time(seconds)
  const rows: [string, HtmlValue][] = [
    [
      state,
      html`${stateTag(context, account.state)}${account.managed_by === 'file' && html` <span class="tag">${texts.managedByFile}</span>`}`
    ],
    [displayName, account.display_name !== undefined && html`<bdi>${account.display_name}</bdi>`],
    [
      emailAddress,
      account.email !== undefined &&
        html`<bdi>${account.email}</bdi>${account.email_verified === true && html` <span class="tag">${verified}</span>`}`
    ],
    [groups, account.groups.length > 0 && groupLinks(context, account.groups)],
    [claims, Object.keys(account.claims).length > 0 && html`<code>${JSON.stringify(account.claims)}</code>`],
    [password, has(account.has_password)],
    [texts.linkExpires, time(linkExpiresAt)],
    [texts.secondFactor, has(account.factors > 0)],
    [expires, time(account.expires_at)],
    [externalId, account.external_id !== undefined && html`<code>${account.external_id}</code>`],
    [made, time(account.created_at)],
    [texts.passwordChanged, time(account.password_changed_at)],
    [lastLogin, time(account.last_login_at) || context.texts.never],
    [texts.id, html`<code>${account.uid}</code>`]
  ]
  return html`<dl>${rows.map(([term, value]) => value !== false && html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>
`
}

function groupLinks(context: PageContext, groups: readonly string[]): Html {
  const links = groups.map((group) => {
    const path = searchPath({ by: 'group', text: group, state: '' })
    return html`<a href="${context.at(path)}">${group}</a> `
  })
  return html`${links}`
}

function actionsOf(context: PageContext, { uid, state, factors }: AccountDetails): Html {
  const { edit } = adminUsersTexts[context.language]
  const texts = adminAccountTexts[context.language]
  const path = `/admin/pages/users/${uid}`
  const isActive = state === 'active'
  return actions(
    buttonLink(context, `${path}/edit`, edit, 'primary'),
    buttonLink(context, `${path}/password`, texts.passwordTitle),
    form(context, `${path}/sign-out`, button(texts.signOut, 'plain')),
    form(
      context,
      `${path}/state`,
      button(isActive ? texts.disable : texts.enable, 'plain', 'state', isActive ? 'disabled' : 'active')
    ),
    factors > 0 && buttonLink(context, `${path}/second-factor`, texts.removeFactor),
    state !== 'deleted' && buttonLink(context, `${path}/delete`, texts.delete),
    buttonLink(context, `${path}/purge`, texts.purge)
  )
}

function sessionTable(context: PageContext, { uid }: AccountDetails, sessions: readonly SessionView[]): Html {
  const { expires, actions: actionsTitle } = adminTexts[context.language]
  const texts = adminAccountTexts[context.language]
  const heads = [texts.device, texts.kind, texts.address, texts.began, texts.lastUse, expires, actionsTitle]
  const rows = sessions.map((session) => [
    html`<bdi>${deviceText(session.user_agent)}</bdi>`,
    session.kind === 'browser' ? texts.kinds.browser : texts.kinds.refresh_token,
    session.address,
    context.time(session.issued_at),
    session.last_used_at === null ? context.texts.never : context.time(session.last_used_at),
    context.time(session.expires_at),
    form(context, `/admin/pages/users/${uid}/sessions/${session.jti}/end`, button(texts.end, 'plain'))
  ])
  return table(texts.sessions, heads, rows)
}

function deviceText(userAgent: string | null): string {
  const device = deviceOf(userAgent ?? '')
  return device === undefined ? shortUserAgent(userAgent ?? '–') : `${device.browser}, ${device.system}`
}
