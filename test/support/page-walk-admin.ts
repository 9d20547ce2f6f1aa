import type { Page } from 'playwright-core'
import { fillIn, open, pathOf, press, signInOn, submit } from './page-visitor.js'
import { administer, type Look, longName, password, submitAnyway, type Visitor } from './page-walks.js'

const base = '/admin/pages'

/** All states of the operator's pages. */
export async function walkAdmin(visitor: Visitor, look: Look): Promise<void> {
  const { app, page, url } = visitor
  const members = { groups: ['postern-admins'], email: 'ops@example.org' }
  await administer(app, '/admin/users', { user: 'operator', pass: password, ...members })
  await administer(app, '/admin/users', { user: 'somebody', pass: password })
  const groups = Array.from({ length: 20 }, (_, number) => `${'g'.repeat(40)}${number}`)
  const account = {
    display_name: longName,
    email: 'alice@example.org',
    groups,
    claims: { floor: 'x'.repeat(300) }
  }
  const { uid = '' } = await administer(app, '/admin/users', { user: longName, pass: password, ...account })
  await signInOn(page, url, 'somebody')
  await open(page, url, base)
  await look('no operator')
  await submit(page, '/sign-out')
  await signInOn(page, url, 'operator')
  await walkAccounts(visitor, look)
  await walkOneAccount(visitor, look, `${base}/users/${uid}`)
  await walkInvitations(visitor, look)
  await walkKeys(visitor, look)
}

async function walkAccounts({ page, url }: Visitor, look: Look): Promise<void> {
  await open(page, url, '/admin')
  await look('the accounts')
  await open(page, url, `${base}/users?by=q&text=nobody`)
  await look('no account is found')
  await open(page, url, `${base}/users/new`)
  await look('the form for an account')
  await fillIn(page, { user: longName, email: 'none' })
  await submitAnyway(page, '/users/new')
  await look('the form for an account, refused')
  await fillIn(page, { user: 'bob', email: 'bob@example.org' })
  await submitAnyway(page, '/users/new')
  await look('the link for a new account')
}

async function walkOneAccount({ page, url }: Visitor, look: Look, path: string): Promise<void> {
  for (const part of ['', '/edit', '/password', '/second-factor', '/delete', '/purge']) {
    await open(page, url, path + part)
    await look(`an account: ${pathOf(page).replace(path, '')}`)
  }
  await submitAnyway(page, `${path}/purge`)
  await look('an account is not purged without its name')
  await open(page, url, `${path}/edit`)
  await fillIn(page, { email: 'ops@example.org' })
  await submitAnyway(page, `${path}/edit`)
  await look('an account is not changed')
  await open(page, url, `${path}/password`)
  await fillIn(page, { pass: 'short' })
  await submitAnyway(page, `${path}/password`)
  await look('a password of an account is short')
  await submit(page, `${path}/password-link`)
  await look('the link for a new password')
}

async function walkInvitations({ page, url }: Visitor, look: Look): Promise<void> {
  await open(page, url, `${base}/invitations/new`)
  await look('the form for an invitation')
  await fillIn(page, { user: longName })
  await submitAnyway(page, '/invitations/new')
  await look('the form for an invitation, refused')
  await fillIn(page, { user: 'carol', email: 'carol@example.org' })
  await submitAnyway(page, '/invitations/new')
  await look('the link of an invitation')
  await open(page, url, `${base}/invitations`)
  await look('the invitations')
  await follow(page, '/remove')
  await look('the removal of an invitation')
}

async function walkKeys({ page, url }: Visitor, look: Look): Promise<void> {
  await open(page, url, `${base}/api-keys/new`)
  await look('the form for an API key')
  await submitAnyway(page, '/api-keys/new')
  await look('the form for an API key, refused')
  await fillIn(page, { name: 'ci' })
  await page.locator('main [type=checkbox]').first().check()
  await submit(page, '/api-keys/new')
  await look('an API key')
  await open(page, url, `${base}/api-keys`)
  await look('the API keys')
  await follow(page, '/remove')
  await look('the removal of an API key')
  await open(page, url, `${base}/signing-keys`)
  await look('a signing key')
  await submit(page, '/signing-keys')
  await look('two signing keys')
  await follow(page, '/retire')
  await look('the end of a signing key')
}

async function follow(page: Page, end: string): Promise<void> {
  await press(page, `main a[href$="${end}"]`)
}
