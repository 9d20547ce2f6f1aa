// Takes the pictures of the documents: starts the program on an empty folder, and writes what a person sees into docs/images.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'

const root = join(import.meta.dirname, '../../..')
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const key = 'a key that only this folder knows, for a minute'
const password = 'a password of the pictures'
const schemes = ['light', 'dark'] as const
const size = { width: 900, height: 620 }
const members: Record<string, object> = {
  alice: {
    display_name: 'Alice Liddell',
    email: 'alice@example.org',
    email_verified: true,
    groups: ['family', 'postern-admins']
  },
  bob: { display_name: 'Bob', email: 'bob@example.org', groups: ['family'] },
  carol: { display_name: 'Carol', email: 'carol@example.org', groups: ['ops'] },
  dinah: { display_name: 'Dinah', groups: ['family'], state: 'disabled' }
}

const folder = mkdtempSync(join(tmpdir(), 'postern-pictures-'))
const program = spawn(process.execPath, [join(root, 'build/bin/postern.cjs'), 'serve'], {
  cwd: folder,
  env: {
    POSTERN_STORE: 'file',
    POSTERN_DATA_DIR: folder,
    POSTERN_PORT: '0',
    POSTERN_LOG_LEVEL: 'error',
    POSTERN_PAGES: 'on',
    POSTERN_ADMIN: 'http',
    POSTERN_ADMIN_KEY: key
  },
  stdio: ['ignore', 'pipe', 'inherit']
})
const ended = once(program, 'close')
try {
  const [line] = await Promise.race([once(program.stdout, 'data'), ended])
  const [url] = /http:[^\s"]+/.exec(String(line)) ?? []
  if (url === undefined) throw new Error('the program did not start')
  for (const [user, more] of Object.entries(members))
    await makeAccount(url, { user, pass: password, ...more })
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  for (const colorScheme of schemes) await takeAll(browser, url, colorScheme)
  await browser.close()
} finally {
  program.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true, force: true })
}

async function makeAccount(url: string, account: object): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const reply = await fetch(`${url}/admin/users`, { method: 'POST', headers, body: JSON.stringify(account) })
  if (!reply.ok) throw new Error(`POST /admin/users: ${reply.status} ${await reply.text()}`)
}

async function takeAll(browser: Browser, url: string, colorScheme: (typeof schemes)[number]): Promise<void> {
  const page = await browser.newPage({ colorScheme, viewport: size, locale: 'en-US' })
  await page.goto(`${url}/sign-in`)
  await page.fill('[autocomplete=username]', 'alice')
  await take(page, `sign-in-${colorScheme}`)
  await page.fill('[autocomplete=current-password]', password)
  await Promise.all([page.waitForEvent('load'), page.click('main form button')])
  await take(page, `account-${colorScheme}`)
  await page.goto(`${url}/admin/pages/users`)
  await take(page, `admin-${colorScheme}`)
  await page.close()
}

async function take(page: Page, name: string): Promise<void> {
  // Else each run would make other pictures.
  await page.evaluate(
    `for (const time of document.querySelectorAll('time')) time.textContent = 'Jan 1, 2030, 12:00 PM UTC'`
  )
  const picture = await page.screenshot({ caret: 'hide' })
  writeFileSync(join(root, 'docs/images', `${name}.png`), picture)
  console.log(`${name}.png: ${Math.ceil(picture.length / 1024)} KB`)
}
