import t from 'tap'
import { startService } from '../support/helper.js'

// Text, an error, no content, a stream; a reply with a schema, one with an entity tag, one of the page's files.
const urls = ['/pubkey', '/check', '/user', '/docs', '/version', '/.well-known/jwks.json', '/docs/start.js']

for (const url of urls) {
  t.test(`HEAD ${url} has the status and the headers of GET, and no body`, async (t) => {
    const { app } = await startService(t)
    const [get, head] = await Promise.all([
      app.inject({ method: 'GET', url }),
      app.inject({ method: 'HEAD', url })
    ])
    t.equal(head.statusCode, get.statusCode)
    t.equal(head.body, '')
    const { date: _, 'content-length': length, ...others } = head.headers
    t.match(get.headers, others)
    t.equal(Number(length), get.rawPayload.length)
  })
}

t.test('a route for GET alone answers HEAD, and no other route does', async (t) => {
  const { app } = await startService(t)
  t.ok(app.hasRoute({ method: 'HEAD', url: '/version' }))
  t.notOk(app.hasRoute({ method: 'HEAD', url: '/oauth/token' }))
})
