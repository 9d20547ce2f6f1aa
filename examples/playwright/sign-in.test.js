// CHROMIUM=/usr/bin/chromium node --test playwright/sign-in.test.js
// With Playwright's own browsers and runner, `page` comes from @playwright/test, and the rest stays as it is.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { chromium } from 'playwright-core'
import { startPostern } from 'postern/testing'
import { startApp } from '../app.js'

let postern
let app
let browser
let page

before(async () => {
  postern = await startPostern({ users: { alice: 'wonderland' } })
  app = await startApp(postern.url)
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })
})
beforeEach(async () => {
  page = await browser.newPage()
})
afterEach(async () => {
  await page.context().close()
  await postern.reset()
})
after(async () => {
  await browser?.close()
  app.server.close()
  await postern.stop()
})

async function signIn(name, password) {
  await page.goto(app.url)
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test('who signs in sees the page, until the token expires', async () => {
  await signIn('alice', 'wonderland')
  await page.getByRole('heading', { name: 'Hello, alice' }).waitFor()
  const [cookie] = await page.context().cookies()
  assert.equal(cookie.httpOnly, true)

  postern.clock.advance(3600)
  await page.reload()
  await page.waitForURL(`${app.url}/login`)
})

test('a wrong password is said, and signs nobody in', async () => {
  await signIn('alice', 'looking-glass')
  assert.equal(await page.getByRole('alert').textContent(), 'Wrong name or password.')
  await page.goto(app.url)
  assert.equal(page.url(), `${app.url}/login`)
})

test('while Postern fails, the page says so', async () => {
  postern.fail({ route: 'POST /oauth/token', status: 503 })
  await signIn('alice', 'wonderland')
  await page.getByText('cannot be reached').waitFor()
})
