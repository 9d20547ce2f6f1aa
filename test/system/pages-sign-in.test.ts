import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { launchBrowser, openBrowser, withoutBrowser } from '../support/browser.js'
import { freePort } from '../support/free-port.js'
import { send, startService, temporaryFolder } from '../support/helper.js'
import { noteFaults } from '../support/page-faults.js'
import {
  fillIn,
  laterCode,
  open,
  pathOf,
  press,
  setUpFactorOn,
  signInOn,
  submit,
  textOf
} from '../support/page-visitor.js'
import { serve } from '../support/process.js'

/** The service in process with an account, on a port of its own. */
async function startPages(t: Test) {
  const { app, clock } = await startService(t)
  await send(app, 'POST', '/user', { user: 'alice', pass: 'wonderland' })
  return { app, clock, url: await app.listen({ port: 0, host: '127.0.0.1' }) }
}

/** The program on a port that it keeps, to be started anew on the same folder. */
async function startPrograms(t: Test) {
  const folder = temporaryFolder(t)
  const port = String(await freePort())
  return async () => {
    const program = serve(t, folder, { POSTERN_PORT: port })
    return { program, url: await program.url() }
  }
}

async function isSignedIn(page: Page, url: string): Promise<boolean> {
  await open(page, url, '/account')
  return pathOf(page) === '/account'
}

t.test(
  'after a sign-out the button for back shows nothing of the account',
  { skip: withoutBrowser },
  async (t) => {
    const { url } = await startPages(t)
    // Playwright switches the cache of whole pages off, which users have.
    const browser = await launchBrowser(t, { ignoreDefaultArgs: ['--disable-back-forward-cache'] })
    const page = await browser.newPage()
    await signInOn(page, url)
    t.equal(pathOf(page), '/account')
    t.match(await textOf(page), 'alice')
    await submit(page, '/sign-out')
    t.notMatch(await textOf(page), 'alice')
    for (let step = 0; step < 3; step += 1) {
      await page.goBack()
      t.not(pathOf(page), '/account')
      t.notMatch(await textOf(page), 'alice')
    }
    t.notOk(await isSignedIn(page, url))
  }
)

t.test(
  'three tabs sign in one after the other, and all of them go on',
  { skip: withoutBrowser },
  async (t) => {
    const { url } = await startPages(t)
    const browser = await openBrowser(t)
    const tabs = [await browser.newPage(), await browser.newPage(), await browser.newPage()]
    for (const tab of tabs) await open(tab, url, '/sign-in')
    for (const tab of tabs) {
      await fillIn(tab, { username: 'alice', 'current-password': 'wonderland' })
      await submit(tab, '/sign-in')
      t.equal(pathOf(tab), '/account')
    }
    for (const tab of tabs) t.ok(await isSignedIn(tab, url))
    await submit(tabs[0] as Page, '/sign-out')
    for (const tab of tabs) t.notOk(await isSignedIn(tab, url), 'a sign-out is one for all of them')
  }
)

t.test(
  'a form that was open in two tabs is good in both, also after the first has signed in',
  { skip: withoutBrowser },
  async (t) => {
    const { app, url } = await startPages(t)
    await send(app, 'POST', '/user', { user: 'bob', pass: 'bobs wonderland' })
    const browser = await openBrowser(t)
    const [one, duplicate] = [await browser.newPage(), await browser.newPage()]
    await open(one, url, '/sign-in')
    await duplicate.goto(one.url())
    await fillIn(duplicate, { username: 'bob', 'current-password': 'bobs wonderland' })
    await submit(duplicate, '/sign-in')
    t.match(await textOf(duplicate), 'bob')
    await fillIn(one, { username: 'alice', 'current-password': 'wonderland' })
    await submit(one, '/sign-in')
    t.match(await textOf(one), 'alice')
    await duplicate.reload()
    t.match(await textOf(duplicate), 'alice', 'a browser has one session')
  }
)

t.test(
  'two services on one machine do not disturb one another in a browser',
  { skip: withoutBrowser },
  async (t) => {
    const [one, other] = [await startPages(t), await startPages(t)]
    const browser = await openBrowser(t)
    const [first, second] = [await browser.newPage(), await browser.newPage()]
    await signInOn(first, one.url)
    await signInOn(second, other.url)
    t.ok(await isSignedIn(first, one.url))
    await submit(second, '/sign-out')
    t.notOk(await isSignedIn(second, other.url))
    t.ok(await isSignedIn(first, one.url))
  }
)

t.test('a sign-in goes on after a restart of the service', { skip: withoutBrowser }, async (t) => {
  const start = await startPrograms(t)
  const { program, url } = await start()
  await fetch(`${url}/user`, {
    method: 'POST',
    body: new URLSearchParams({ user: 'alice', pass: 'wonderland' })
  })
  const page = await (await openBrowser(t)).newPage()
  await open(page, url, '/sign-in')
  program.child.kill('SIGTERM')
  await program.exit
  const { program: next } = await start()
  await fillIn(page, { username: 'alice', 'current-password': 'wonderland' })
  await submit(page, '/sign-in')
  t.equal(pathOf(page), '/account')
  next.child.kill('SIGTERM')
  await next.exit
  await start()
  t.ok(await isSignedIn(page, url), 'so does a session')
})

t.test(
  'a person makes an account, protects it, changes the password and signs in with a code',
  { skip: withoutBrowser },
  async (t) => {
    const url = await serve(t, temporaryFolder(t)).url()
    const page = await (await openBrowser(t)).newPage()
    const faults = await noteFaults(page, url)
    await page.goto(url)
    t.equal(pathOf(page), '/sign-in', 'the address of the service leads to the form')
    await press(page, 'main a[href$="/sign-up"]')
    await fillIn(page, { username: 'alice', 'new-password': 'wonderland' })
    await submit(page, '/sign-up')
    t.equal(pathOf(page), '/account')

    const secret = await setUpFactorOn(page, url)
    t.equal(await page.locator('.codes li').count(), 10)
    await press(page, 'main a.button')
    t.match(await textOf(page), '10')

    await open(page, url, '/account/password')
    await fillIn(page, { 'current-password': 'wonderland', 'new-password': 'through the looking-glass' })
    await submit(page, '/account/password')
    t.equal(pathOf(page), '/account')
    await submit(page, '/sign-out')

    await signInOn(page, url, 'alice', 'wonderland')
    t.equal(pathOf(page), '/sign-in', 'the old password is none any more')
    await signInOn(page, url, 'alice', 'through the looking-glass')
    t.notOk(await isSignedIn(page, url), 'nobody is signed in before the code')
    await open(page, url, '/sign-in')
    await fillIn(page, { 'one-time-code': laterCode(secret) })
    await submit(page, '/sign-in/code')
    t.equal(pathOf(page), '/account')
    t.same(await faults(), [])
  }
)

t.test(
  'a sign-in goes on after a restart between the password and the code',
  { skip: withoutBrowser },
  async (t) => {
    const start = await startPrograms(t)
    const { program, url } = await start()
    await fetch(`${url}/user`, {
      method: 'POST',
      body: new URLSearchParams({ user: 'alice', pass: 'wonderland' })
    })
    const page = await (await openBrowser(t)).newPage()
    await signInOn(page, url)
    const secret = await setUpFactorOn(page, url)
    await submit(page, '/sign-out')
    await signInOn(page, url)
    program.child.kill('SIGTERM')
    await program.exit
    await start()
    await fillIn(page, { 'one-time-code': laterCode(secret) })
    await submit(page, '/sign-in/code')
    t.equal(pathOf(page), '/account')
  }
)
