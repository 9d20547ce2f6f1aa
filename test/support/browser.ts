import { existsSync } from 'node:fs'
import { type BrowserContext, chromium } from 'playwright-core'
import type { Test } from 'tap'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Why a test with a browser is skipped, if it is. */
export const withoutBrowser = existsSync(executablePath) ? false : 'needs chromium'

/** The windows of one user in a browser of its own, which ends with the test. */
export async function openBrowser(t: Test): Promise<BrowserContext> {
  // Only without a sandbox does it run as root, as it may in a container.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  return await browser.newContext()
}
