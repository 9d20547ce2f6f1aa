import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { launchBrowser, withoutBrowser } from '../support/browser.js'
import { root } from '../support/dockerfile.js'
import { temporaryFolder } from '../support/helper.js'
import { isInstalled } from '../support/nginx.js'
import { hosts, type ProxyName, sendSecurely, startPrivatePages } from '../support/private-pages.js'
import { call } from '../support/process.js'

type Pages = Awaited<ReturnType<typeof startPrivatePages>>

const proxies: ProxyName[] = ['nginx', 'caddy']

/** A browser that finds all hosts at the proxy. */
async function openPeople(t: Test) {
  const browser = await launchBrowser(t, {
    args: ['--no-sandbox', '--host-resolver-rules=MAP * 127.0.0.1', '--ignore-certificate-errors']
  })
  return async () => await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en' })
}

type Window = Awaited<ReturnType<Awaited<ReturnType<Awaited<ReturnType<typeof openPeople>>>>['newPage']>>

async function signIn(window: Window, user: string) {
  await window.fill('[autocomplete=username]', user)
  await window.fill('[autocomplete=current-password]', 'wonderland')
  await window.click('main button[type=submit]')
}

/** The cookie that a browser has on the host of a page. */
async function cookieOf(window: Window, url: string): Promise<string> {
  const cookies = await window.context().cookies(url)
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
}

/** The answer to a request as somebody makes it by hand; the head holds no empty line. */
async function ask({ port }: Pages, host: string, line: string, head: string): Promise<string> {
  return await sendSecurely(
    port,
    host,
    `${line} HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n${head}\r\n`
  )
}

async function status(...request: Parameters<typeof ask>): Promise<number> {
  return Number(/^HTTP\/1.1 (\d+)/.exec(await ask(...request))?.[1])
}

/** Starts the application of the examples, with this build of Postern. Returns its port. */
async function startExample(t: Test, postern: string, site: string): Promise<number> {
  const folder = temporaryFolder(t)
  cpSync(join(root, 'examples/behind-a-proxy/app.js'), join(folder, 'app.mjs'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/postern'))
  const example = spawn(process.execPath, ['app.mjs', postern], {
    cwd: folder,
    env: { PATH: process.env.PATH, SITE: site, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => example.kill('SIGKILL'))
  const [address] = await once(example.stdout, 'data')
  return Number(new URL(String(address).trim()).port)
}

for (const proxy of proxies) {
  const skip = isInstalled(proxy) ? withoutBrowser : `${proxy} is not installed`

  t.test(
    `${proxy}: one sign-in opens the pages of two domains, and one sign-out closes them`,
    { skip },
    async (t) => {
      const pages = await startPrivatePages(t, proxy)
      const { wiki, ops, urlOf } = pages
      const newPerson = await openPeople(t)
      const window = await (await newPerson()).newPage()
      await window.goto(urlOf('wiki', '/page?x=1'))
      t.match(window.url(), urlOf('auth', '/sign-in?'))
      t.equal(wiki.visits.length, 0, 'the page was not reached')
      await signIn(window, 'olga')
      await window.waitForURL(urlOf('wiki', '/page?x=1'))
      t.match(await window.textContent('h1'), 'the wiki')
      const seen = wiki.visits.find(({ url }) => url === '/page?x=1')
      t.match(seen?.headers, { 'remote-user': 'olga', 'remote-groups': 'ops', 'x-postern-assertion': /^eyJ/ })
      t.notMatch(seen?.headers.cookie ?? '', 'postern', 'the page gets no cookie of Postern')
      await window.goto(urlOf('ops'))
      t.equal(window.url(), urlOf('ops'))
      t.match(await window.textContent('h1'), 'the ops', 'without a page to sign in')

      await window.goto(urlOf('auth', '/account'))
      await window.click('header button')
      await window.waitForURL(/signed_out/)
      const reached = wiki.visits.length + ops.visits.length
      for (const name of ['wiki', 'ops'] as const) {
        await window.goto(urlOf(name))
        t.match(window.url(), urlOf('auth', '/sign-in?'), name)
        const answer = await ask(pages, hosts[name], 'GET /', 'Sec-Fetch-Mode: cors\r\nAccept: text/html\r\n')
        t.match(answer, /^HTTP\/1.1 401 /, 'a script gets no page')
        t.match(answer, new RegExp(`^location: ${urlOf('auth', '/sign-in\\?')}`, 'im'))
        t.match(answer, /^www-authenticate: Bearer/im)
      }
      t.equal(wiki.visits.length + ops.visits.length, reached)
    }
  )

  t.test(`${proxy}: who lacks the group is told as whom he is signed in`, { skip }, async (t) => {
    const { ops, urlOf } = await startPrivatePages(t, proxy)
    const window = await (await (await openPeople(t))()).newPage()
    await window.goto(urlOf('ops'))
    await signIn(window, 'alice')
    await window.waitForURL(/\/account\/denied\?site=ops\.example\.net/)
    t.match(await window.textContent('main'), 'alice')
    t.equal(ops.visits.length, 0)
  })

  t.test(
    `${proxy}: nothing that a client sends makes it somebody else, or opens another page`,
    { skip },
    async (t) => {
      const pages = await startPrivatePages(t, proxy)
      const { wiki, ops, urlOf, port, posternUrl } = pages
      const window = await (await (await openPeople(t))()).newPage()
      await window.goto(urlOf('wiki'))
      await signIn(window, 'alice')
      await window.waitForURL(urlOf('wiki'))
      const cookie = await cookieOf(window, urlOf('wiki'))
      const good = `Cookie: ${cookie}\r\n`
      t.equal(await status(pages, hosts.wiki, 'GET /', good), 200)

      const names = [
        'Remote-User',
        'Remote-Uid',
        'Remote-Groups',
        'Remote-Email',
        'Remote-Name',
        'X-Postern-Assertion'
      ]
      const spellings = names.flatMap((name) => [
        name,
        name.replaceAll('-', '_'),
        name.replaceAll('-', '.').toLowerCase()
      ])
      const claimed = spellings.map((name) => `${name}: root\r\n${name}: root\r\n`).join('')
      await status(pages, hosts.wiki, 'GET /claimed', good + claimed)
      await status(pages, hosts.wiki, 'GET /dropped', `${good}Connection: ${names.join(', ')}\r\n${claimed}`)
      for (const { url, headers } of wiki.visits.filter(({ url }) => /claimed|dropped/.test(url))) {
        t.equal(headers['remote-user'], 'alice', url)
        t.notMatch(JSON.stringify(headers), 'root', url)
      }

      const elsewhere = [
        'X-Forwarded-Host',
        'X-Original-URL',
        'X-Original-URI',
        'X-Forwarded-Uri',
        'X-Forwarded-Proto',
        'Forwarded'
      ]
      const values = [`${hosts.wiki}:${port}`, urlOf('wiki'), '/', '/public/a', 'https', `host=${hosts.wiki}`]
      for (const name of elsewhere) {
        for (const value of values) {
          const head = `${name}: ${value}\r\n${name}: ${value}\r\nSec-Fetch-Mode: cors\r\n`
          t.not(await status(pages, hosts.ops, 'GET /', head + good), 200, `${name}: ${value}`)
        }
      }
      t.not(await status(pages, hosts.ops, 'GET /', good), 200, 'the cookie of another page')
      t.not(
        await status(pages, hosts.wiki, 'GET /', `Cookie: ${cookie}; ${cookie}\r\n`),
        200,
        'a planted cookie beside it'
      )
      t.not(await status(pages, hosts.wiki, 'GET /', 'User-Agent: kube-probe/1.30\r\n'), 200)
      t.not(
        await status(pages, hosts.wiki, 'GET /?access_token=x', good),
        200,
        'a bad token is not rescued by the cookie'
      )
      t.equal(await status(pages, hosts.wiki, 'GET /.postern/callback?code=x', ''), 400, 'no code of ours')
      t.equal(ops.visits.length, 0)

      const posted = await status(pages, hosts.wiki, 'POST /form', `${good}Content-Length: 3\r\n\r\nx=1`)
      t.equal(posted, 200)
      t.match(wiki.visits.at(-1), { method: 'POST', body: 'x=1' })
      const upgrade = `GET /socket HTTP/1.1\r\nHost: ${hosts.wiki}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
      t.match(
        await sendSecurely(port, hosts.wiki, `${upgrade}${good}\r\n`),
        /^HTTP\/1.1 101 .*the socket of the wiki$/s
      )
      t.match(wiki.visits.at(-1), { url: '/socket', headers: { 'remote-user': 'alice' } })
      t.notMatch(wiki.visits.at(-1)?.headers.cookie ?? '', 'postern')
      t.match(
        await sendSecurely(
          port,
          hosts.wiki,
          `${upgrade}Connection: close\r\nSec-Fetch-Mode: websocket\r\n\r\n`
        ),
        /^HTTP\/1.1 401 /,
        'nobody gets a WebSocket'
      )
      const assertion = String(wiki.visits.at(-1)?.headers['x-postern-assertion'])
      t.equal(
        (await call(`${posternUrl}/check`, 'GET', { access_token: assertion })).status,
        400,
        'it is no access token'
      )
    }
  )

  t.test(`${proxy}: an application may trust the assertion alone`, { skip }, async (t) => {
    const { urlOf } = await startPrivatePages(t, proxy, (postern, site) => startExample(t, postern, site))
    const window = await (await (await openPeople(t))()).newPage()
    await window.goto(urlOf('wiki'))
    await signIn(window, 'olga')
    await window.waitForURL(urlOf('wiki'))
    t.equal(await window.textContent('body'), 'Hello, olga. Your groups: ops.\n')
  })

  t.test(`${proxy}: an open folder opens nothing beside it, in any spelling`, { skip }, async (t) => {
    const pages = await startPrivatePages(t, proxy)
    const { ops } = pages
    t.equal(await status(pages, hosts.ops, 'GET /public/a?x=/../', 'Remote-User: root\r\n'), 200)
    t.match(ops.visits, [{ url: '/public/a?x=/../' }])
    // nginx sends no header without a value.
    t.equal(ops.visits[0]?.headers['remote-user'] ?? '', '')
    for (const path of [
      '/public',
      '/public/',
      '/PUBLIC/a',
      '/public/..;/a',
      '/public/../a',
      '/public/%2e%2e/a',
      '/public/.%2e/a',
      '/public/./a',
      '/public//a',
      '//public/a',
      '/./public/a',
      '/%70ublic/a',
      '/public%2fa',
      '/public/a%00',
      '/public/a;x',
      '/public\\a',
      '/public/a\\..\\b',
      '/a?/public/b',
      '/a#/public/b',
      '/public/#/../a'
    ]) {
      t.not(await status(pages, hosts.ops, `GET ${path}`, ''), 200, path)
    }
    t.equal(ops.visits.length, 1)
  })

  t.test(`${proxy}: a code is good once, in one browser and on one host`, { skip }, async (t) => {
    const { urlOf, wiki } = await startPrivatePages(t, proxy)
    const newPerson = await openPeople(t)
    const [window, other] = [await (await newPerson()).newPage(), await (await newPerson()).newPage()]
    const codes: string[] = []
    window.on('request', (request) => {
      if (request.url().includes('/.postern/callback')) codes.push(request.url())
    })
    await window.goto(urlOf('wiki'))
    await signIn(window, 'alice')
    await window.waitForURL(urlOf('wiki'))
    t.equal(codes.length, 1)
    const reached = () => wiki.visits.filter(({ url }) => url === '/').length
    t.equal(reached(), 1)
    const elsewhere = await other.goto((codes[0] ?? '').replace(hosts.wiki, hosts.ops))
    t.equal(elsewhere?.status(), 400, 'on another host')
    const answer = await other.goto(codes[0] ?? '')
    t.equal(answer?.status(), 400)
    t.match(await other.textContent('h1'), 'The sign-in for this site is over')
    await other.click('main a')
    t.match(other.url(), urlOf('auth', '/sign-in?'))
    t.equal(reached(), 1)
  })
}
