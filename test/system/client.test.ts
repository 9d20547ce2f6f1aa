import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { Client, ClientOptions } from '../../src/client/client.js'
import { openBrowser, withoutBrowser } from '../support/browser.js'
import { root } from '../support/dockerfile.js'
import { send, startService } from '../support/helper.js'

// Compiled for Node, and run in the page.
declare const client: Client
declare function createClient(options: ClientOptions): Client
declare const window: { open(address: string): unknown; createClient: typeof createClient; client: Client }
declare const location: { href: string }

const script = readFileSync(join(root, 'build/exports/client.js'))
const lifetime = 3600

/** A page that makes a client of the options behind `#` in its address. */
const blank = `<!doctype html><title>tab</title><script type="module">
import { createClient } from '/client.js'
window.client = createClient(JSON.parse(decodeURIComponent(location.hash.slice(1))))
</script>`

async function startPages(t: Test, html: string): Promise<string> {
  const server = createServer(({ url }, response) => {
    const isScript = url?.endsWith('/client.js')
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : html)
  })
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  // Its own host name, so that Postern is another origin, as it mostly is.
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

/** A browser, and a service where a refresh token that is used twice ends its family at once. */
async function startTabs(t: Test, storage: ClientOptions['storage'] = 'memory') {
  const pages = await startPages(t, blank)
  const { app, clock } = await startService(t, {
    POSTERN_CORS_ORIGIN: '*',
    POSTERN_ACCESS_TOKEN_TTL: String(lifetime),
    POSTERN_REFRESH_REUSE_GRACE: '0'
  })
  await send(app, 'POST', '/user', { user: 'alice', pass: 'wonderland' })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const browser = await openBrowser(t)
  await browser.clock.install()
  const address = `${pages}/#${encodeURIComponent(JSON.stringify({ url, storage }))}`
  let calls = 0
  app.server.on('request', ({ url, method }) => {
    if (url === '/oauth/token' && method === 'POST') calls += 1
  })

  async function openTab(): Promise<Page> {
    const page = await browser.newPage()
    await page.goto(address)
    await page.waitForFunction(() => window.client !== undefined)
    return page
  }
  /** Lets the life of an access token pass, for the service and all tabs. */
  async function expire() {
    clock.advance(lifetime)
    await browser.clock.fastForward(lifetime * 1000)
  }
  return { app, url, browser, openTab, expire, calls: () => calls }
}

const signIn = (tab: Page) => tab.evaluate(async () => void (await client.signIn('alice', 'wonderland')))
const token = (tab: Page) => tab.evaluate(() => client.token())
const userOf = (tab: Page) => tab.evaluate(() => client.user?.user)

t.test('three tabs share one sign-in and one renewal', { skip: withoutBrowser }, async (t) => {
  const { openTab, expire, calls, app } = await startTabs(t)
  const tabs = [await openTab(), await openTab()]
  await signIn(tabs[0] as Page)
  tabs.push(await openTab())
  const tokens = await Promise.all(tabs.map(token))
  t.equal(new Set(tokens).size, 1)
  t.type(tokens[0], 'string')
  for (let round = 1; round <= 5; round += 1) {
    await expire()
    const renewed = await Promise.all(tabs.flatMap((tab) => [token(tab), token(tab), token(tab)]))
    t.equal(new Set(renewed).size, 1)
    t.equal((await send(app, 'GET', '/check', { access_token: renewed[0] as string })).statusCode, 200)
    t.equal(calls(), 1 + round)
  }
})

t.test('a sign-out in one tab is one in all', { skip: withoutBrowser }, async (t) => {
  const { openTab, expire } = await startTabs(t)
  const [one, other] = [await openTab(), await openTab()]
  await signIn(one)
  await other.waitForFunction(() => client.user !== null)
  await one.evaluate(() => client.signOut())
  await other.waitForFunction(() => client.user === null)
  await expire()
  t.equal(await token(other), null)
})

t.test(
  'a duplicated tab, which has a copy of the storage, uses no refresh token twice',
  { skip: withoutBrowser },
  async (t) => {
    const { openTab, browser, expire, app, calls } = await startTabs(t, 'sessionStorage')
    const original = await openTab()
    await signIn(original)
    const [copy] = await Promise.all([
      browser.waitForEvent('page'),
      original.evaluate(() => void window.open(location.href))
    ])
    await copy.waitForFunction(() => window.client !== undefined)
    t.equal(await userOf(copy), 'alice')
    for (const [first, second] of [
      [original, copy],
      [copy, original]
    ] as const) {
      await expire()
      const renewed = await token(first)
      t.equal(await token(second), renewed)
      t.equal((await send(app, 'GET', '/check', { access_token: renewed as string })).statusCode, 200)
    }
    t.equal(calls(), 3)
  }
)

t.test('a reload keeps a sign-in in the storage, and none in memory', { skip: withoutBrowser }, async (t) => {
  for (const [storage, user] of [
    ['sessionStorage', 'alice'],
    ['memory', undefined]
  ] as const) {
    const { openTab, app } = await startTabs(t, storage)
    const tab = await openTab()
    await signIn(tab)
    await tab.reload()
    await tab.waitForFunction(() => window.client !== undefined)
    t.equal(await userOf(tab), user)
    await app.close()
  }
})

t.test(
  'a tab that was frozen past the expiry gets the token that another has renewed',
  { skip: withoutBrowser },
  async (t) => {
    const { openTab, expire, browser, app, calls } = await startTabs(t)
    const [awake, asleep] = [await openTab(), await openTab()]
    await signIn(awake)
    await asleep.waitForFunction(() => client.user !== null)
    const session = await browser.newCDPSession(asleep)
    await session.send('Page.setWebLifecycleState', { state: 'frozen' })
    await expire()
    const renewed = await token(awake)
    await after(300)
    await session.send('Page.setWebLifecycleState', { state: 'active' })
    t.equal(await token(asleep), renewed)
    t.equal((await send(app, 'GET', '/check', { access_token: renewed as string })).statusCode, 200)
    t.equal(calls(), 2)
  }
)

t.test('an offline hour signs nobody out', { skip: withoutBrowser }, async (t) => {
  const { openTab, expire, browser, app } = await startTabs(t)
  const tabs = [await openTab(), await openTab()]
  await signIn(tabs[0] as Page)
  await tabs[1]?.waitForFunction(() => client.user !== null)
  await browser.setOffline(true)
  await expire()
  for (const tab of tabs) {
    const failure = await tab.evaluate(() => client.token().catch((error: Error) => error.name))
    t.equal(failure, 'TypeError')
    t.equal(await userOf(tab), 'alice')
  }
  await browser.setOffline(false)
  const [first, second] = await Promise.all(tabs.map(token))
  t.equal(first, second)
  t.equal((await send(app, 'GET', '/check', { access_token: first as string })).statusCode, 200)
})

t.test(
  'the example of one page signs up, signs in, asks and signs out',
  { skip: withoutBrowser },
  async (t) => {
    const example = readFileSync(join(root, 'examples/single-page/index.html'), 'utf8')
    const { url, browser } = await startTabs(t)
    const pages = await startPages(t, example.replace('http://127.0.0.1:3000', url))
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(`${pages}/single-page/`)
    await page.getByLabel('Name').fill('bob')
    await page.getByLabel('Password').fill('builder')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Wrong name or password.').waitFor()
    await page.getByRole('button', { name: 'Create an account' }).click()
    await page.getByRole('heading', { name: 'Hello, bob' }).waitFor()
    await page.getByRole('button', { name: 'Who am I?' }).click()
    await page.getByText('"user": "bob"').waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    t.same(problems, [])
  }
)

t.test('the client is one file of at most 3 KB compressed, and loads nothing', async (t) => {
  const { gzipSync } = await import('node:zlib')
  t.ok(gzipSync(script).length <= 3072)
  t.notMatch(script.toString(), /\bimport\b|\brequire\(/)
})
