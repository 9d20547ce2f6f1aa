import { existsSync } from 'node:fs'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions
} from 'playwright-core'
import type { Test } from 'tap'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Why a test with a browser is skipped, if it is. */
export const withoutBrowser = existsSync(executablePath) ? false : 'needs chromium'

/** A browser for several users, which ends with the test, or with what else has a `teardown`. */
export async function launchBrowser(
  t: Pick<Test, 'teardown'>,
  options: LaunchOptions = {}
): Promise<Browser> {
  // Only without a sandbox does it run as root, as it may in a container.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], ...options })
  t.teardown(() => browser.close())
  return browser
}

/** The windows of one user in a browser of its own, which ends with the test. */
export async function openBrowser(t: Test, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  return await (await launchBrowser(t)).newContext(options)
}
