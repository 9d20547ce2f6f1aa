import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { openBrowser, withoutBrowser } from '../support/browser.js'
import { temporaryFolder } from '../support/helper.js'
import { call, serve } from '../support/process.js'

/** A page of a service in a browser, with the browser's complaints and requests. */
async function openPage(t: Test, path: string, environment: Environment = {}) {
  const url = await serve(t, temporaryFolder(t), environment).url()
  const page = await (await openBrowser(t)).newPage()
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('request', (request) => requests.push(request.url()))
  await page.goto(`${url}${path}`)
  return { url, page, complaints, requests }
}

/** Tries a call as a reader of the page does: opens it, takes its examples, and sends it. Gives the status. */
async function tryCall(page: Page, operationId: string): Promise<string> {
  const block = page.locator(`[id$="-${operationId}"]`)
  for (const control of ['.opblock-summary-control', '.try-out__btn', '.execute']) {
    await block.locator(control).first().click()
  }
  return (await block.locator('.live-responses-table tbody .response-col_status').first().innerText()).trim()
}

t.test('a browser signs in through the dialog of the page', { skip: withoutBrowser }, async (t) => {
  const { url, page } = await openPage(t, '/docs')
  await call(`${url}/user`, 'POST', { user: 'alice', pass: 'wonderland' })
  await page.locator('.auth-wrapper > .authorize').click()
  t.match(await page.locator('.modal-ux .auth-container h4').first().innerText(), /^bearer/)
  await page.locator('#oauth_username').fill('alice')
  await page.locator('#oauth_password').fill('wonderland')
  await page
    .locator('.auth-container', { has: page.locator('#oauth_username') })
    .locator('button.authorize')
    .click()
  await page.locator('.modal-ux [aria-label="Remove authorization"]').waitFor()
  await page.locator('.close-modal').click()
  t.equal(await tryCall(page, 'getRefreshTokens'), '200')
})

t.test(
  'a browser tries calls from the page, and its policy refuses nothing',
  { skip: withoutBrowser },
  async (t) => {
    const { url, page, complaints, requests } = await openPage(t, '/docs')
    const { body } = await call(`${url}/openapi.json`, 'GET', {})
    for (const [operation, status] of [
      ['postUser', '201'],
      ['getToken', '200'],
      ['postOauthToken', '200']
    ] as const) {
      t.equal(await tryCall(page, operation), status)
    }
    const { paths } = JSON.parse(body)
    const calls = Object.values(paths).flatMap((methods) => Object.keys(Object(methods)))
    t.equal(await page.locator('.opblock').count(), calls.length)
    t.same(complaints, [], 'neither a violation of the policy nor an error')
    t.ok(requests.includes(`${url}/user`))
    t.same(
      requests.filter((address) => !address.startsWith(`${url}/`) && !address.startsWith('data:')),
      [],
      'nothing is asked of another host'
    )
  }
)

t.test(
  'without pages for people a browser finds the page of the calls from the root, and asks for no icon',
  { skip: withoutBrowser },
  async (t) => {
    const { url, page, complaints, requests } = await openPage(t, '/', { POSTERN_PAGES: 'off' })
    await page.getByRole('link', { name: 'Try the calls' }).click()
    await page.locator('.opblock').first().waitFor()
    t.equal(page.url(), `${url}/docs`)
    t.same(complaints, [])
    t.notOk(requests.includes(`${url}/favicon.ico`))
  }
)
