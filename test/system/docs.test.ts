import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { temporaryFolder } from '../support/helper.js'
import { call, serve } from '../support/process.js'

const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium'
const skip = existsSync(chromium) ? false : 'needs chromium'

interface Message {
  id?: number
  method?: string
  params?: { entry?: { source: string; text: string }; request?: { url: string }; exceptionDetails?: object }
  result?: { targetId: string; sessionId: string; result?: { value?: unknown }; exceptionDetails?: object }
}

/** A page of a browser that is spoken to by pipes: messages of JSON, each ended by NUL. */
class Page {
  readonly messages: Message[] = []
  #waiting = new Map<number, (message: Message) => void>()
  #browser: ChildProcess
  #session: string | undefined
  #text = ''

  private constructor(t: Test) {
    const profile = temporaryFolder(t)
    // Only without a sandbox does it run as root, as it may in a container.
    const options = ['--headless', '--no-sandbox', '--remote-debugging-pipe', `--user-data-dir=${profile}`]
    this.#browser = spawn(chromium, options, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
    const exit = new Promise((resolve) => this.#browser.once('exit', resolve))
    // Killed, it would leave processes behind that still write the files that are then removed.
    t.teardown(async () => {
      this.#session = undefined
      this.send('Browser.close')
      await exit
    })
    const output = this.#browser.stdio[4] as Readable
    output.setEncoding('utf8').on('data', (text: string) => this.#read(text))
  }

  static async open(t: Test): Promise<Page> {
    const page = new Page(t)
    const { result: target } = await page.send('Target.createTarget', { url: 'about:blank' })
    const attach = { targetId: target?.targetId, flatten: true }
    const { result: attached } = await page.send('Target.attachToTarget', attach)
    page.#session = attached?.sessionId
    for (const domain of ['Log', 'Network', 'Page', 'Runtime']) await page.send(`${domain}.enable`)
    return page
  }

  send(method: string, params: object = {}): Promise<Message> {
    const id = this.#waiting.size + 1
    const message = { id, method, params, sessionId: this.#session }
    const input = this.#browser.stdio[3] as Writable
    input.write(`${JSON.stringify(message)}\0`)
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }

  /** What the expression is once it has settled. */
  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true
    })
    if (result?.exceptionDetails !== undefined) throw new Error(JSON.stringify(result.exceptionDetails))
    return result?.result?.value
  }

  #read(text: string) {
    const messages = (this.#text + text).split('\0')
    this.#text = messages.pop() ?? ''
    for (const message of messages.map((json): Message => JSON.parse(json))) {
      this.messages.push(message)
      this.#waiting.get(message.id ?? 0)?.(message)
    }
  }
}

/** Tries a call as a reader of the page does: opens it, fills in what there are examples of, and sends it. */
function tryCall(operationId: string): string {
  return `(async () => {
    const find = async (selector) => {
      for (let i = 0; i < 200; i++) {
        const found = document.querySelector('[id$="-${operationId}"] ' + selector)
        if (found !== null) return found
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error('there is no ' + selector)
    }
    for (const control of ['.opblock-summary-control', '.try-out__btn', '.execute']) (await find(control)).click()
    return (await find('.live-responses-table tbody .response-col_status')).innerText.trim()
  })()`
}

const fillIn = `(selector, value) => {
  const input = document.querySelector(selector)
  // As a key press does it: the page overwrites the setter of its fields.
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, value)
  input.dispatchEvent(new Event('input', { bubbles: true }))
}`

/** Signs in as a reader of the page does: opens the dialog, fills in name and password, and waits for the token. */
const logIn = `(async () => {
  const find = async (selector) => {
    for (let i = 0; i < 200; i++) {
      const found = document.querySelector(selector)
      if (found !== null) return found
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('there is no ' + selector)
  }
  const fillIn = ${fillIn};
  (await find('.auth-wrapper > .authorize')).click()
  const name = await find('#oauth_username')
  const first = document.querySelector('.modal-ux .auth-container h4').innerText
  fillIn('#oauth_username', 'alice')
  fillIn('#oauth_password', 'wonderland')
  name.closest('.auth-container').querySelector('button.authorize').click()
  const told = (await find('.modal-ux [aria-label="Remove authorization"]')).innerText;
  (await find('.close-modal')).click()
  return first + ' ' + told
})()`

t.test('a browser signs in through the dialog of the page', { skip }, async (t) => {
  const url = await serve(t, temporaryFolder(t)).url()
  await call(`${url}/user`, 'POST', { user: 'alice', pass: 'wonderland' })
  const page = await Page.open(t)
  await page.send('Page.navigate', { url: `${url}/docs` })
  t.match(await page.evaluate(logIn), /^bearer.*Logout$/s)
  t.equal(await page.evaluate(tryCall('getRefreshTokens')), '200')
})

t.test('a browser tries calls from the page, and its policy refuses nothing', { skip }, async (t) => {
  const url = await serve(t, temporaryFolder(t)).url()
  const { body } = await call(`${url}/openapi.json`, 'GET', {})
  const page = await Page.open(t)
  await page.send('Page.navigate', { url: `${url}/docs` })
  t.equal(await page.evaluate(tryCall('postUser')), '201')
  t.equal(await page.evaluate(tryCall('getToken')), '200')
  t.equal(await page.evaluate(tryCall('postOauthToken')), '200')
  const shown = await page.evaluate("document.querySelectorAll('.opblock').length")
  t.equal(shown, Object.values(JSON.parse(body).paths).flatMap((calls) => Object.keys(Object(calls))).length)

  const told = page.messages.flatMap(({ params }) => params?.entry ?? params?.exceptionDetails ?? [])
  t.same(told, [], 'neither a violation of the policy nor an error')
  const asked = page.messages.flatMap(({ params }) => params?.request?.url ?? [])
  t.ok(asked.includes(`${url}/user`))
  t.same(
    asked.filter((address) => !address.startsWith(`${url}/`) && !address.startsWith('data:')),
    [],
    'nothing is asked of another host'
  )
})
