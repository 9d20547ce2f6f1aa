import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { launchBrowser, withoutBrowser } from '../support/browser.js'
import { root } from '../support/dockerfile.js'
import { startService } from '../support/helper.js'
import { accessibilityFaults, overflow, passwordFaults } from '../support/page-accessibility.js'
import { noteFaults } from '../support/page-faults.js'
import { pathOf } from '../support/page-visitor.js'
import { walkAdmin } from '../support/page-walk-admin.js'
import {
  adminKey,
  guardedGroup,
  type Look,
  walkAccount,
  walkOutside,
  walkSecondStep
} from '../support/page-walks.js'

const walks = { outside: walkOutside, 'second step': walkSecondStep, account: walkAccount, admin: walkAdmin }
const widths = [320, 768, 1280]

/** Long words and short ones, each with a window and a colour scheme for axe-core, which takes its time. */
const sights = [
  { locale: 'de-DE', width: 320, colorScheme: 'light' },
  { locale: 'zh-CN', width: 1280, colorScheme: 'dark' }
] as const

// To the accounts.
const leads = new Set(['/admin', '/admin/pages'])

/** The paths of all pages that any walk has shown. */
const seen = new Set<string>()

async function startPages(t: Test) {
  const { app, clock } = await startService(t, {
    POSTERN_ADMIN: 'http',
    POSTERN_ADMIN_KEY: adminKey,
    POSTERN_SECOND_FACTOR_GROUPS: guardedGroup,
    POSTERN_PASSWORD_MIN_LENGTH: '8',
    POSTERN_BRAND_SUPPORT: 'help@example.org, or the desk on the ground floor'
  })
  return { app, clock, url: await app.listen({ port: 0, host: '127.0.0.1' }) }
}

/** Opens a page: the first one of a browser waits for the fonts of other scripts, and moves when they come. */
async function warmUp(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/sign-in`)
}

t.test('the tests find what is wrong with a page', { skip: withoutBrowser }, async (t) => {
  const { url } = await startPages(t)
  const page = await (await launchBrowser(t)).newPage({ viewport: { width: 320, height: 640 } })
  await warmUp(page, url)
  const faults = await noteFaults(page, url)
  await page.goto(`${url}/sign-in`)
  t.same(await faults(), [])
  t.same(await accessibilityFaults(page), [])
  t.equal(await overflow(page), 0)
  const refused = page.waitForEvent('requestfailed')
  await page.evaluate(`{
    document.body.insertAdjacentHTML('afterbegin', '<img src="http://127.0.0.2:9/x"><p style="color: red">')
    document.querySelector('main').insertAdjacentHTML('beforeend', '<input><pre>' + 'x'.repeat(500) + '</pre>')
    document.querySelector('pre').style.overflowWrap = 'normal'
    document.querySelector('footer').remove()
  }`)
  await refused
  t.match((await faults()).join(), /Content Security Policy.*request to/s)
  t.match((await accessibilityFaults(page)).join(), 'label')
  t.ok((await overflow(page)) > 0)
  t.same(await passwordFaults(page), [])
  await page.evaluate(
    `document.querySelector('main').insertAdjacentHTML('beforeend', '<form><input name=x type=password></form>')`
  )
  t.same(await passwordFaults(page), ['x: ', 'x: no user name'])
})

t.test('every page is usable by everybody', { skip: withoutBrowser }, async (t) => {
  const browser = await launchBrowser(t)
  for (const sight of sights) {
    for (const name of Object.keys(walks) as (keyof typeof walks)[]) {
      await t.test(`${sight.locale}: ${name}`, (t) => lookAtAll(t, browser, sight, name))
    }
  }
  t.same(
    pagePatterns().filter((pattern) => ![...seen].some((path) => pattern.test(path))),
    [],
    'no page was left out'
  )
})

t.test('every page leads as far without scripts as with them', { skip: withoutBrowser }, async (t) => {
  const browser = await launchBrowser(t)
  for (const [name, walk] of Object.entries(walks)) {
    const [withScripts = [], without = []] = await Promise.all(
      [true, false].map(async (javaScriptEnabled) => {
        const page = await browser.newPage({ javaScriptEnabled })
        const states: string[] = []
        await walk({ page, ...(await startPages(t)) }, async (state) => {
          states.push(`${state}: ${await page.title()}, ${await page.locator('form').count()} forms`)
        })
        return states
      })
    )
    t.ok(without.length > 5)
    t.same(without, withScripts, name)
  }
})

async function lookAtAll(
  t: Test,
  browser: Browser,
  { locale, width, colorScheme }: (typeof sights)[number],
  name: keyof typeof walks
): Promise<void> {
  const context = await browser.newContext({ locale, colorScheme })
  t.teardown(() => context.close())
  const page = await context.newPage()
  const service = await startPages(t)
  await warmUp(page, service.url)
  const faults = await noteFaults(page, service.url)
  const look: Look = async (state) => {
    seen.add(pathOf(page))
    t.equal(await page.locator('html').getAttribute('lang'), locale.slice(0, 2), state)
    t.equal(await page.locator('h1').count(), 1, state)
    // Before the window changes, which moves things by right.
    t.same(await faults(), [], state)
    // An operator sets passwords of others, which a password manager must not keep as his own.
    if (!pathOf(page).startsWith('/admin')) t.same(await passwordFaults(page), [], state)
    for (const pixels of widths) {
      await page.setViewportSize({ width: pixels, height: 800 })
      t.equal(await overflow(page), 0, `${state}: as wide as a window of ${pixels} pixels`)
    }
    await page.setViewportSize({ width, height: 800 })
    t.same(await accessibilityFaults(page), [], `${state}: ${width} pixels, ${colorScheme}`)
    await faults()
  }
  await walks[name]({ page, ...service }, look)
}

/** The paths of all pages, but of those that only lead to another one, or are those of a site behind a proxy. */
function pagePatterns(): RegExp[] {
  const folder = join(root, 'routes/pages')
  return readdirSync(folder)
    .filter((file) => file !== 'assets.ts')
    .flatMap((file) => pathsIn(readFileSync(join(folder, file), 'utf8')))
    .filter((path) => !path.endsWith('*') && !path.startsWith('/.') && path !== '/' && !leads.has(path))
    .map((path) => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`))
}

/** The first argument of each `app.get`: a path, or a constant that has one. */
function pathsIn(source: string): string[] {
  const constants = new Map(
    [...source.matchAll(/const (\w+) = '([^']+)'/g)].map(([, name, path]) => [name, path])
  )
  return [...source.matchAll(/app\.get(?:<.*>)?\(\s*(?:'([^']+)'|(\w+))/g)].map(([text, path, name]) => {
    const found = path ?? constants.get(name)
    if (found === undefined) throw new Error(`no path in ${text}`)
    return found
  })
}
