import { createHash } from 'node:crypto'
import t from 'tap'
import { acceptsHtml } from '../../src/http/home-page.js'
import { version } from '../../src/version.js'
import { startService } from '../support/helper.js'

// Firefox's.
const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

t.test(
  'without pages for people the root is a page for a browser, whose policy allows nothing but its style and an empty icon',
  async (t) => {
    const { app } = await startService(t, { POSTERN_PAGES: 'off' })
    const { statusCode, headers, body } = await app.inject({ url: '/', headers: { accept } })
    t.equal(statusCode, 200)
    t.match(headers, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      vary: 'accept'
    })
    t.match(body, `Postern ${version}`)
    t.match(body, 'href="docs"')
    const [, style = ''] = /<style>(.*)<\/style>/.exec(body) ?? []
    const hash = createHash('sha256').update(style).digest('base64')
    t.equal(
      headers['content-security-policy'],
      `default-src 'none';style-src 'sha256-${hash}';img-src data:;base-uri 'none';form-action 'none';frame-ancestors 'none'`
    )
    t.notMatch(body, /<script|style="|https?:/)
    const head = await app.inject({ method: 'HEAD', url: '/', headers: { accept } })
    t.equal(head.statusCode, 200)
  }
)

t.test('without /docs the page does not lead there', async (t) => {
  const { app } = await startService(t, { POSTERN_PAGES: 'off', POSTERN_DOCS: 'off' })
  t.notMatch((await app.inject({ url: '/', headers: { accept } })).body, /docs|openapi/)
})

t.test('the root leads a browser to its account, below the path of the public URL', async (t) => {
  for (const [POSTERN_PUBLIC_URL, location] of [
    ['http://localhost:3000', '/account'],
    ['https://id.example.org/login/', '/login/account']
  ] as const) {
    const { app } = await startService(t, { POSTERN_PUBLIC_URL })
    const reply = await app.inject({ url: '/', headers: { accept, host: 'elsewhere.example.org' } })
    t.match(reply, { statusCode: 302, headers: { location, vary: 'accept', 'cache-control': 'no-store' } })
  }
})

t.test('anybody but a browser gets the 404 of any unknown address', async (t) => {
  const { app } = await startService(t)
  const { body: unknown } = await app.inject('/unknown')
  for (const type of ['*/*', 'application/json', 'text/*', '', undefined]) {
    const { statusCode, body, headers } = await app.inject({
      url: '/',
      headers: type === undefined ? {} : { accept: type }
    })
    t.same({ statusCode, body }, { statusCode: 404, body: unknown }, String(type))
    t.match(headers['content-type'], 'application/json')
  }
})

t.test('Accept names HTML unless its weight is 0', (t) => {
  for (const yes of ['text/html', 'TEXT/HTML;q=0.1', 'a/b, text/html;level=1']) t.ok(acceptsHtml(yes), yes)
  for (const no of ['text/html;q=0', 'text/html;q=0.000', 'text/htmlx', 'x-text/html'])
    t.notOk(acceptsHtml(no), no)
  t.end()
})
