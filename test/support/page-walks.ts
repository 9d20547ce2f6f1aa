import type { FastifyInstance } from 'fastify'
import type { Page } from 'playwright-core'
import { createApp } from './factors.js'
import type { createClock } from './helper.js'
import { fillIn, open, secretOn, signInOn, submit } from './page-visitor.js'

/** A user with a browser, in front of a service that the test has by the hand. */
export interface Visitor {
  readonly page: Page
  readonly url: string
  readonly app: FastifyInstance
  readonly clock: Pick<ReturnType<typeof createClock>, 'advance'> & (() => number)
}

/** Looks at the page that is open, whose state has this name. */
export type Look = (state: string) => Promise<void>

/** The longest name that there can be, all in one word. */
export const longName = 'W'.repeat(255)

export const password = 'wonderland'

/** The groups whose members must have a second factor, for the settings of the service. */
export const guardedGroup = 'guarded'

/** The key of the operator, for the settings of the service. */
export const adminKey = 'a-key-of-the-operator-of-32-letters'

/** Sends a call of the operator's, by the key. */
export async function administer(app: FastifyInstance, url: string, payload: object) {
  const headers = { authorization: `Bearer ${adminKey}` }
  const reply = await app.inject({ method: 'POST', url, headers, payload })
  if (reply.statusCode >= 300) throw new Error(`POST ${url}: ${reply.statusCode} ${reply.body}`)
  return reply.json() as Record<string, string>
}

/** Sends a form that a browser would hold back, since a field is empty. */
export async function submitAnyway(page: Page, path: string): Promise<void> {
  await page.evaluate(`for (const form of document.forms) form.noValidate = true`)
  await submit(page, path)
}

/** The code that an authenticator app shows for the secret on the page, each time a new one. */
async function appOf({ page, clock }: Visitor): Promise<() => string> {
  const secret = await secretOn(page)
  return createApp(secret, clock)
}

/** All states of the pages for somebody who is not signed in. */
export async function walkOutside(visitor: Visitor, look: Look): Promise<void> {
  const { page, url } = visitor
  await open(page, url, '/sign-in')
  await look('the form for name and password')
  await submitAnyway(page, '/sign-in')
  await look('the form, sent empty')
  await fillIn(page, { username: longName, 'current-password': 'wrong' })
  await submit(page, '/sign-in')
  await look('the form after a wrong password')
  await open(page, url, '/account')
  await look('the form for somebody who wanted a page of the account')
  await open(page, url, '/account/denied?site=wiki.example.org')
  await look('a site that nobody may open')
  await open(page, url, '/sign-out')
  await look('the sign-out of nobody')
  await open(page, url, '/account/unknown')
  await look('a page that does not exist')
  await open(page, url, '/account/deleted')
  await look('a goodbye')
  await walkSignUp(visitor, look)
  await walkLinks(visitor, look)
}

async function walkSignUp({ page, url }: Visitor, look: Look): Promise<void> {
  await open(page, url, '/sign-up')
  await look('the form to sign up')
  await fillIn(page, { username: longName, 'new-password': 'short' })
  await submit(page, '/sign-up')
  await look('the form to sign up, after a short password')
  await submitAnyway(page, '/sign-up')
  await look('the form to sign up, sent empty')
  await fillIn(page, { username: longName, 'new-password': password })
  await submit(page, '/sign-up')
  await look('the first page after the sign-up')
  await submit(page, '/sign-out')
  await look('the form after a sign-out')
  await open(page, url, '/sign-up')
  await fillIn(page, { username: longName, 'new-password': password })
  await submit(page, '/sign-up')
  await look('the form to sign up, with a name that is taken')
}

async function walkLinks({ app, page, url }: Visitor, look: Look): Promise<void> {
  const account = await administer(app, '/admin/users', { user: `${'W'.repeat(250)}-link` })
  const toPassword = await administer(app, `/admin/users/${account.uid}/password-link`, {})
  const invitation = await administer(app, '/admin/invites', { email: 'carol@example.org' })
  for (const [kind, link = ''] of Object.entries({ password: toPassword.url, invitation: invitation.url })) {
    const path = new URL(link).pathname
    await open(page, url, path)
    await look(`the link of a ${kind}`)
    await fillIn(page, { ...(kind === 'invitation' && { username: 'carol' }), 'new-password': 'short' })
    await submit(page, path)
    await look(`the link of a ${kind}, after a short password`)
    await fillIn(page, { ...(kind === 'invitation' && { username: 'carol' }), 'new-password': password })
    await submit(page, path)
    await look(`the link of a ${kind}, used`)
    await open(page, url, path)
    await look(`the link of a ${kind}, used up`)
  }
}

/** All states of a sign-in with a second factor, which has to be set up at first. */
export async function walkSecondStep(visitor: Visitor, look: Look): Promise<void> {
  const { app, page, url } = visitor
  await administer(app, '/admin/users', { user: longName, pass: password, groups: [guardedGroup] })
  await signInOn(page, url, longName)
  await look('a second factor has to be set up')
  await submit(page, '/sign-in/set-up')
  await look('the secret of a second factor that is required')
  const code = await appOf(visitor)
  await fillIn(page, { 'one-time-code': '12' })
  await submit(page, '/sign-in/set-up/confirm')
  await look('a wrong code for a second factor that is required')
  await fillIn(page, { 'one-time-code': code() })
  await submit(page, '/sign-in/set-up/confirm')
  await look('the recovery codes of a second factor that is required')
  await submit(page, '/sign-out')
  await signInOn(page, url, longName)
  await look('the form for a code')
  await fillIn(page, { 'one-time-code': '000000' })
  await submit(page, '/sign-in/code')
  await look('the form for a code after a wrong one')
  await fillIn(page, { 'one-time-code': code() })
  await submit(page, '/sign-in/code')
  await look('the account of somebody who has signed in with a code')
  await open(page, url, '/account/second-factor/remove')
  await look('a second factor that cannot be removed')
}

/** All states of the pages of one's own account. */
export async function walkAccount(visitor: Visitor, look: Look): Promise<void> {
  const { app, page, url } = visitor
  const members = { display_name: longName, email: 'alice@example.org', groups: ['family', 'W'.repeat(64)] }
  await administer(app, '/admin/users', { user: longName, pass: password, ...members })
  await signInOn(page, url, longName)
  for (const path of ['', '/denied?site=wiki.example.org', '/sessions', '/name']) {
    await open(page, url, `/account${path}`)
    await look(`/account${path}`)
  }
  await fillIn(page, { display_name: 'x'.repeat(256) })
  await submit(page, '/account/name')
  await look('a display name that is too long')
  await fillIn(page, { display_name: 'Alice Liddell' })
  await submit(page, '/account/name')
  await look('the account after a change')
  await open(page, url, '/sign-out')
  await look('the page that asks whether to sign out')
  await open(page, url, '/sign-in?prompt=login')
  await look('the password is asked for again')
  await walkPassword(visitor, look)
  await walkFactor(visitor, look)
  await open(page, url, '/account/delete')
  await look('the form that deletes the account')
  await fillIn(page, { 'current-password': 'wrong' })
  await submit(page, '/account/delete')
  await look('the account is not deleted without its password')
}

async function walkPassword({ page, url }: Visitor, look: Look): Promise<void> {
  await open(page, url, '/account/password')
  await look('the form for a new password')
  await fillIn(page, { 'current-password': 'wrong', 'new-password': 'a new long password' })
  await submit(page, '/account/password')
  await look('the current password is wrong')
  await fillIn(page, { 'current-password': password, 'new-password': 'short' })
  await submit(page, '/account/password')
  await look('the new password is short')
  await fillIn(page, { 'current-password': password, 'new-password': 'a new long password' })
  await submit(page, '/account/password')
  await look('the account after a change of its password')
}

async function walkFactor(visitor: Visitor, look: Look): Promise<void> {
  const { page, url } = visitor
  const base = '/account/second-factor'
  await open(page, url, base)
  await look('no second factor')
  await open(page, url, `${base}/new`)
  await look('a new second factor')
  await submit(page, `${base}/new`)
  await look('the secret of a second factor')
  const code = await appOf(visitor)
  await fillIn(page, { 'one-time-code': '12' })
  await submit(page, `${base}/confirm`)
  await look('a wrong code for a second factor')
  await fillIn(page, { 'one-time-code': code() })
  await submit(page, `${base}/confirm`)
  await look('the recovery codes')
  for (const path of ['', '/new', '/recovery-codes', '/remove']) {
    await open(page, url, base + path)
    await look(base + path)
  }
  await submitAnyway(page, `${base}/remove`)
  await look('a second factor is not removed without a code')
  await open(page, url, `${base}/recovery-codes`)
  await fillIn(page, { 'one-time-code': code() })
  await submit(page, `${base}/recovery-codes`)
  await look('new recovery codes')
}
