import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { docBlock } from '../support/docs.js'
import { freePort } from '../support/free-port.js'
import { temporaryFolder } from '../support/helper.js'
import { isInstalled, nginxCommand, startProxy } from '../support/nginx.js'
import { call, sendRaw, serve } from '../support/process.js'

interface Proxy {
  /** The command that runs it in the foreground, with the configuration in this folder. */
  command(folder: string, configuration: string): string[]
  /** Of a request, when Postern does not answer. */
  statusWithoutPostern: number
  /** Of a request with a good token, and with cookies that are more than Postern takes. */
  statusWithManyCookies: number
}

const proxies: Record<string, Proxy & { language: string }> = {
  nginx: {
    language: 'nginx',
    command: nginxCommand,
    statusWithoutPostern: 500,
    statusWithManyCookies: 200
  },
  caddy: {
    language: 'caddyfile',
    command(folder, configuration) {
      writeFileSync(join(folder, 'Caddyfile'), `{\n  admin off\n  auto_https off\n}\n${configuration}`)
      return ['caddy', 'run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile']
    },
    statusWithoutPostern: 502,
    statusWithManyCookies: 431
  }
}

/** A page that knows nothing of tokens, and what it was sent. */
async function startPage(t: Test) {
  const seen: IncomingHttpHeaders[] = []
  const urls: string[] = []
  const server = createServer({ maxHeaderSize: 64 * 1024 }, async (request, response) => {
    seen.push(request.headers)
    urls.push(String(request.url))
    response.end(`the page, sent ${(await text(request)).length}`)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close().closeAllConnections())
  return { seen, urls, port: (server.address() as AddressInfo).port }
}

function withoutEmptyArguments(url = ''): string {
  const [path, query = ''] = url.split('?')
  return [path, query.split('&').filter(Boolean).join('&')].join('?')
}

// As much as an account may have: its access token is almost as long as one may be.
const carol = {
  name: 'carol',
  password: 'wonderland',
  groups: Array.from({ length: 60 }, (_, index) => `${index + 10}-${'x'.repeat(56)}`),
  email: 'carol@example.org',
  email_verified: true,
  display_name: '\u{20000}'.repeat(255)
}

/** The headers with which a client claims to be somebody. */
const madeUp = {
  'remote-user': 'root',
  'remote-uid': '0',
  'remote-groups': 'root',
  'remote-email': 'root@example.org',
  'remote-name': 'root'
}

for (const [name, { language, command, ...statuses }] of Object.entries(proxies)) {
  const skip = !isInstalled(name) && `${name} is not installed`
  t.test(
    `${name}, set up as its page says, protects a page, and H6: keeps the token from it`,
    { skip },
    async (t) => {
      const POSTERN_USERS_FILE = join(temporaryFolder(t), 'users.json')
      writeFileSync(POSTERN_USERS_FILE, JSON.stringify([carol]))
      const postern = serve(t, temporaryFolder(t), { POSTERN_USERS_FILE })
      const posternUrl = await postern.url()
      const page = await startPage(t)
      const port = await freePort()
      const configuration = docBlock('docs/integrate/behind-a-proxy.md', language, '/forward-auth')
        .replaceAll(/127\.0\.0\.1:3000/g, new URL(posternUrl).host)
        .replaceAll(/127\.0\.0\.1:8000/g, `127.0.0.1:${page.port}`)
        .replace(/\b8080\b/, language === 'nginx' ? `127.0.0.1:${port}` : String(port))
      const folder = temporaryFolder(t)
      const url = `http://127.0.0.1:${port}`
      await startProxy(t, command(folder, configuration), folder, url)

      const visit = async (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) => {
        const response = await fetch(url + path, {
          ...init,
          headers: { ...headers, ...madeUp }
        })
        return { status: response.status, body: await response.text(), headers: response.headers }
      }
      const signUp = (user: string) => call(`${posternUrl}/user`, 'POST', { user, pass: 'wonderland' })
      const signIn = async (user = 'zoë@example.org') =>
        (await call(`${posternUrl}/token`, 'GET', { user, pass: 'wonderland' })).body
      await signUp('zoë@example.org')
      const token = await signIn()
      const { uid } = JSON.parse((await call(`${posternUrl}/check`, 'GET', { access_token: token })).body)

      const closed = await visit('/')
      t.equal(closed.status, 401)
      t.match(closed.headers.get('www-authenticate'), /^Bearer realm="postern"/)
      t.equal((await visit('/', { authorization: 'Bearer x' })).status, 401)
      t.equal((await visit('/?access_token=%zz')).status, 401)
      t.equal(page.seen.length, 0, 'the page was not reached')

      const bearer = { authorization: `Bearer ${token}` }
      const identity = { 'remote-user': 'zo%C3%AB@example.org', 'remote-uid': uid }
      const seenIdentity = () => {
        const { 'remote-groups': groups, 'remote-email': email, 'remote-name': name } = page.seen.at(-1) ?? {}
        return [groups, email, name]
      }
      const plain = { ...bearer, 'content-type': 'text/plain' }
      const chunks = new Blob(['x'.repeat(50_000)]).stream()
      for (const [sent, path, headers, init] of [
        [0, '/', bearer],
        [0, `/page?x=1&x=%zz&access_token=${token}`],
        [0, '/', bearer, { method: 'DELETE' }],
        [14, '/form', bearer, { method: 'POST', body: new URLSearchParams({ access_token: 'x' }) }],
        [100_000, '/text', plain, { method: 'PUT', body: 'x'.repeat(100_000) }],
        [50_000, '/chunks', plain, { method: 'PUT', body: chunks, duplex: 'half' }]
      ] as [number, string, Record<string, string>?, RequestInit?][]) {
        t.match(await visit(path, headers, init), { status: 200, body: `the page, sent ${sent}` })
        t.match(page.seen.at(-1), identity)
        t.notMatch(seenIdentity().join(), 'root', 'an account without them has no groups, address or name')
      }

      for (const [asked, received] of [
        [`/a%2Fb/c?access_token=${token}`, '/a%2Fb/c?'],
        [`/?access_token=${token}&x=1`, '/?x=1'],
        [`/?x=1&access_token=${token}`, '/?x=1&'],
        [`/?x=1&access_token=${token}&y=%2B&access_token_of=z`, '/?x=1&y=%2B&access_token_of=z'],
        ['/?my_access_token=1&x=a=b', '/?my_access_token=1&x=a=b'],
        ['/%3Faccess_token=x', '/%3Faccess_token=x']
      ] as const) {
        t.equal((await visit(asked, bearer)).status, 200, asked)
        t.equal(withoutEmptyArguments(page.urls.at(-1)), withoutEmptyArguments(received))
        t.equal(page.seen.at(-1)?.authorization, undefined, 'H6: the page is not given the token')
      }
      await visit(`/?access_token=${token}&x&access_token=${token}`, bearer)
      await visit(`/?access_token=${token.replace('.', '%2E')}`, bearer)
      t.notMatch(page.urls.join(), `${token.split('.')[2]}`, 'nor is it in any URL')
      const spelt = `access%5Ftoken=${token}`
      t.equal((await visit(`/?${spelt}`)).status, 401, 'another spelling is no token')

      const tricks =
        'Connection: close, Remote-User, Remote-Uid, Remote-Groups, Remote-Email\r\nRemote_User: root\r\nremote_uid: 0\r\nRemote.User: root\r\nRemote_Groups: root\r\nRemote.Email: root\r\n'
      const head = `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n${tricks}\r\n`
      t.match(await sendRaw(url, head), /^HTTP\/1.1 200 /)
      t.match(page.seen.at(-1), identity)
      t.notMatch(Object.values(page.seen.at(-1) ?? {}).join(), 'root', 'no other spelling gets through')

      const longest = '\u{20000}'.repeat(255)
      await signUp(longest)
      await visit('/', { authorization: `Bearer ${await signIn(longest)}` })
      t.match(page.seen.at(-1), { 'remote-user': encodeURIComponent(longest) })

      await visit('/', { authorization: `Bearer ${await signIn('carol')}` })
      t.same(seenIdentity(), [carol.groups.join(), carol.email, encodeURIComponent(carol.display_name)])

      const cookies = Array.from(
        { length: 3 },
        (_, index) => `Cookie: ${index}=${'x'.repeat(7000)}\r\n`
      ).join('')
      const manyCookies = await sendRaw(
        url,
        `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n${cookies}\r\n`
      )
      t.match(manyCookies, `HTTP/1.1 ${statuses.statusWithManyCookies} `)

      const reached = page.seen.length
      await call(`${posternUrl}/oauth/revoke`, 'POST', { token })
      t.equal((await visit('/', bearer)).status, 401, 'a revocation holds from the next request on')
      const [older, newest] = [await signIn(), await signIn()]
      await call(`${posternUrl}/user`, 'PATCH', { pass: 'looking-glass' }, newest)
      t.equal((await visit('/', { authorization: `Bearer ${older}` })).status, 401, 'so does a new password')
      const latest = (
        await call(`${posternUrl}/token`, 'GET', { user: 'zoë@example.org', pass: 'looking-glass' })
      ).body
      await call(`${posternUrl}/user`, 'DELETE', {}, latest)
      t.equal((await visit('/', { authorization: `Bearer ${newest}` })).status, 401, 'and a deletion')
      postern.child.kill('SIGTERM')
      await postern.exit
      t.equal((await visit('/', bearer)).status, statuses.statusWithoutPostern)
      t.equal(page.seen.length, reached, 'the page was not reached')
    }
  )
}
