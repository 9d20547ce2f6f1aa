import t from 'tap'
import { startService } from '../support/helper.js'

// Bytes; of a page with all that it loads.
const most = 30 * 1024
const mostStyle = 10 * 1024

t.test('the first page costs at most 30 KB, its style at most 10 KB', async (t) => {
  const { app } = await startService(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const page = await app.inject('/sign-in')
  const addresses = [...page.body.matchAll(/(?:href|src)="(\/pages\/[^"]+)"/g)].map(
    ([, address = '']) => address
  )
  t.equal(addresses.length, 2)
  const parts = await Promise.all(addresses.map((url) => app.inject(url)))
  for (const { statusCode } of parts) t.equal(statusCode, 200)
  const sizes = [page, ...parts].map(({ rawPayload, raw }) => {
    const head = JSON.stringify(raw.res.getHeaders())
    return rawPayload.length + head.length
  })
  const whole = sizes.reduce((sum, size) => sum + size, 0)
  t.ok(whole <= most, `${whole} bytes, with headers`)
  t.ok((parts[0]?.rawPayload.length ?? most) <= mostStyle)
})

t.test(
  'a browser keeps the style and the script for a year, and gets new ones by their addresses',
  async (t) => {
    const { app } = await startService(t)
    const { body } = await app.inject('/sign-in')
    for (const [, address = ''] of body.matchAll(/(?:href|src)="(\/pages\/[^"]+)"/g)) {
      t.match(address, /\?v=[0-9a-f]{12}$/)
      const { headers } = await app.inject(address)
      t.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
    }
    const { app: other } = await startService(t, { POSTERN_BRAND_ACCENT: '#a03060' })
    t.not(
      /style\.css\?v=\w+/.exec((await other.inject('/sign-in')).body)?.[0],
      /style\.css\?v=\w+/.exec(body)?.[0]
    )
  }
)
