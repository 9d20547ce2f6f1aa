import type { Page, Response } from 'playwright-core'
import { timeStep, totpCode } from '../../src/second-factor/totp.js'

/** Fills in the form of a page as a password manager does, by the `autocomplete` of its fields; other fields go by their names. */
export async function fillIn(page: Page, values: Record<string, string>): Promise<void> {
  for (const [field, value] of Object.entries(values)) {
    const control = page
      .locator(`main :is([autocomplete="${field}"], [name="${field}"]):not([hidden])`)
      .first()
    await control.fill(value)
  }
}

/** Sends the form that leads to this path, and waits for the page that it leads to. */
export async function submit(page: Page, path: string): Promise<void> {
  await press(page, `form[action$="${path}"] button[type=submit]`)
}

/** Presses a button or follows a link, and waits for the page that it leads to. */
export async function press(page: Page, selector: string): Promise<void> {
  await Promise.all([page.waitForEvent('load'), page.locator(selector).first().click()])
}

/** Opens a page of this service; gives the answer. */
export async function open(page: Page, url: string, path: string): Promise<Response> {
  return (await page.goto(url + path)) as Response
}

/** Fills in the form for name and password, and sends it. */
export async function signInOn(page: Page, url: string, user = 'alice', pass = 'wonderland'): Promise<void> {
  await open(page, url, '/sign-in')
  await fillIn(page, { username: user, 'current-password': pass })
  await submit(page, '/sign-in')
}

/** The path of the page that is open. */
export function pathOf(page: Page): string {
  return new URL(page.url()).pathname
}

/** All that the page shows to a person. */
export async function textOf(page: Page): Promise<string> {
  return await page.locator('body').innerText()
}

/** The secret of a second factor that the page shows. */
export async function secretOn(page: Page): Promise<string> {
  return (await page.locator('.copyable code').innerText()).replace(/\s/g, '')
}

/** Sets up a second factor for the one who is signed in, by the clock of this machine; gives its secret. */
export async function setUpFactorOn(page: Page, url: string): Promise<string> {
  await open(page, url, '/account/second-factor/new')
  await submit(page, '/account/second-factor/new')
  const secret = await secretOn(page)
  await fillIn(page, { 'one-time-code': totpCode(secret, timeStep(Date.now() / 1000)) })
  await submit(page, '/account/second-factor/confirm')
  return secret
}

/** The code of the next time step, which the service takes already, so that nobody has to wait. */
export function laterCode(secret: string): string {
  return totpCode(secret, timeStep(Date.now() / 1000) + 1)
}
