import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { openBrowser, withoutBrowser } from '../support/browser.js'
import { send, startService } from '../support/helper.js'
import { noteFaults } from '../support/page-faults.js'
import { open, pathOf, press, signInOn, textOf } from '../support/page-visitor.js'
import { administer, adminKey } from '../support/page-walks.js'

/** Another site, whose pages have this body; `host` says how far away it is. */
async function startOtherSite(t: Test, body: string, host: string): Promise<string> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><link rel="icon" href="data:,"><title>other</title>${body}`)
  })
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://${host}:${(server.address() as AddressInfo).port}/`
}

/** The service with an account, whose user is signed in in a browser. */
async function startSignedIn(t: Test): Promise<{ url: string; browser: BrowserContext; page: Page }> {
  const { app } = await startService(t)
  for (const user of ['alice', 'mallory']) await send(app, 'POST', '/user', { user, pass: 'wonderland' })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const browser = await openBrowser(t)
  const page = await browser.newPage()
  await signInOn(page, url)
  return { url, browser, page }
}

const isAlice = async (page: Page, url: string) => {
  await open(page, url, '/account')
  return pathOf(page) === '/account' && (await textOf(page)).includes('alice')
}

const places = {
  'another site': 'localhost',
  // Cookies go by the host alone, so a browser sends ours along.
  'another port of the same host': '127.0.0.1'
}

for (const [place, host] of Object.entries(places)) {
  t.test(`no page can be shown in a frame of ${place}`, { skip: withoutBrowser }, async (t) => {
    const { url, browser } = await startSignedIn(t)
    const frames = ['/sign-in', '/account', '/sign-out', '/account/unknown', '/account/denied'].map(
      (path) => `<iframe src="${url}${path}"></iframe>`
    )
    const page = await browser.newPage()
    await page.goto(await startOtherSite(t, frames.join(''), host))
    const inside = page.frames().filter((frame) => frame !== page.mainFrame())
    t.equal(inside.length, frames.length)
    for (const frame of inside) t.notOk(frame.url().startsWith(url), frame.url())
  })

  t.test(
    `a form of ${place} signs nobody out, and nobody in as somebody else`,
    { skip: withoutBrowser },
    async (t) => {
      const { url, browser, page } = await startSignedIn(t)
      const attacks = {
        '/sign-out': {},
        '/sign-in': { user: 'mallory', pass: 'wonderland' }
      }
      for (const [path, fields] of Object.entries(attacks)) {
        const inputs = Object.entries(fields).map(
          ([name, value]) => `<input name="${name}" value="${value}">`
        )
        const form = `<form method="post" action="${url}${path}">${inputs.join('')}<button>Win</button></form>`
        const attacker = await browser.newPage()
        await attacker.goto(await startOtherSite(t, form, host))
        const [answer] = await Promise.all([
          attacker.waitForResponse((response) => response.url().startsWith(url)),
          press(attacker, 'button')
        ])
        t.equal(answer.status(), 403, path)
        t.ok(await isAlice(page, url), path)
      }
    }
  )

  t.test(`a script of ${place} reads no page, and changes nothing`, { skip: withoutBrowser }, async (t) => {
    const { url, browser, page } = await startSignedIn(t)
    const attacker = await browser.newPage()
    await attacker.goto(await startOtherSite(t, '', host))
    const ask = (path: string, method: string) =>
      attacker.evaluate(
        ([address, method]) =>
          fetch(address as string, { method: method as string, credentials: 'include' }).then(
            () => 'read',
            () => 'refused'
          ),
        [url + path, method]
      )
    t.equal(await ask('/account', 'GET'), 'refused')
    t.equal(await ask('/sign-out', 'POST'), 'refused')
    t.ok(await isAlice(page, url))
  })
}

t.test(
  'a form in a sandboxed frame, whose origin is null, is refused',
  { skip: withoutBrowser },
  async (t) => {
    const { url, browser, page } = await startSignedIn(t)
    const form = `<form method='post' action='${url}/sign-out'><button>Win</button></form>`
    const attacker = await browser.newPage()
    await attacker.goto(
      await startOtherSite(t, `<iframe sandbox="allow-forms" srcdoc="${form}"></iframe>`, '127.0.0.1')
    )
    const [answer] = await Promise.all([
      attacker.waitForResponse((response) => response.url().startsWith(url)),
      attacker.frameLocator('iframe').locator('button').click()
    ])
    t.equal((await answer.request().allHeaders()).origin, 'null')
    t.equal(answer.status(), 403)
    t.ok(await isAlice(page, url))
  }
)

t.test(
  'a form without the headers of a browser needs the token of a page of this browser',
  { skip: withoutBrowser },
  async (t) => {
    const { url, browser, page } = await startSignedIn(t)
    const cookie = (await browser.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
    const signOut = (fields: Record<string, string>) =>
      // With a body of bytes `fetch` of Node sends neither an `Origin` nor a `Sec-Fetch-Site`.
      fetch(`${url}/sign-out`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(fields).toString()
      })
    await open(page, url, '/account')
    const token = (await page.locator('[name=form_token]').first().getAttribute('value')) ?? ''
    const stranger = await (await openBrowser(t)).newPage()
    await open(stranger, url, '/sign-in')
    const other = (await stranger.locator('[name=form_token]').first().getAttribute('value')) ?? ''
    t.equal((await signOut({})).status, 403)
    t.equal((await signOut({ form_token: other })).status, 403)
    t.ok(await isAlice(page, url))
    t.equal((await signOut({ form_token: token })).status, 303)
    t.notOk(await isAlice(page, url))
  }
)

t.test('a name that is a script is shown as it is, and runs nowhere', { skip: withoutBrowser }, async (t) => {
  const script = `"'><img src=x onerror=alert(1)><script>document.title='run'</script>`
  const { app } = await startService(t, {
    POSTERN_ADMIN: 'http',
    POSTERN_ADMIN_KEY: adminKey,
    POSTERN_BRAND_NAME: `Brand ${script}`,
    POSTERN_BRAND_SUPPORT: script
  })
  const members = { display_name: `Display ${script}`, claims: { note: script }, groups: ['postern-admins'] }
  const { uid } = await administer(app, '/admin/users', { user: script, pass: 'wonderland', ...members })
  await administer(app, '/admin/invites', { user: `Invited ${script}` })
  await administer(app, '/admin/api-keys', { name: '<script>alert(1)</script>', scopes: ['users:read'] })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const page = await (await openBrowser(t, { userAgent: `Agent ${script}` })).newPage()
  const faults = await noteFaults(page, url)
  await signInOn(page, url, script)
  const account = ['', '/name', '/sessions', '/unknown', `/denied?site=${encodeURIComponent(script)}`]
  const users = ['', `?by=q&text=${encodeURIComponent(script)}`, `/${uid}`, `/${uid}/edit`, `/${uid}/purge`]
  const paths = [
    ...account.map((path) => `/account${path}`),
    ...users.map((path) => `/admin/pages/users${path}`),
    '/admin/pages/invitations',
    '/admin/pages/api-keys',
    '/sign-out'
  ]
  for (const path of paths) {
    await open(page, url, path)
    t.match(await page.title(), `Brand ${script}`, path)
    t.match(await textOf(page), script, path)
    t.equal(await page.locator('script:not([src]), img[onerror]').count(), 0, path)
    t.same(await faults(), [], path)
  }
  await open(page, url, '/account/sessions')
  t.match(await textOf(page), `Agent ${script}`)
})
