import { chmodSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { signUp, startService, temporaryFolder } from '../support/helper.js'
import { createVisitor } from '../support/visitor.js'

const earlier = join(import.meta.dirname, '../../../test/store/file/0.5.0/stopped')
const hint = 'POSTERN_PAGES=on makes them'

t.test(
  'a store of an earlier release has no pages unless they are switched on, and the log says how',
  async (t) => {
    for (const [environment, status, isTold] of [
      [{}, 404, true],
      [{ POSTERN_PAGES: 'on' }, 200, false],
      [{ POSTERN_PAGES: 'off' }, 404, false]
    ] as const) {
      const folder = temporaryFolder(t)
      cpSync(earlier, folder, { recursive: true })
      chmodSync(folder, 0o700)
      const settings = { POSTERN_STORE: 'file', POSTERN_DATA_DIR: folder, POSTERN_SOCKET: 'off' }
      const { app, log } = await startService(t, { ...settings, ...environment })
      t.equal((await app.inject('/sign-in')).statusCode, status)
      t.equal(
        log.some((line) => line.includes(hint)),
        isTold
      )
    }
  }
)

t.test('a new store has pages, and nothing is said of it', async (t) => {
  const settings = {
    POSTERN_STORE: 'file',
    POSTERN_DATA_DIR: join(temporaryFolder(t), 'new'),
    POSTERN_SOCKET: 'off'
  }
  const { app, log } = await startService(t, settings)
  t.equal((await app.inject('/sign-in')).statusCode, 200)
  t.notMatch(log.join(''), 'POSTERN_PAGES')
})

t.test('without pages there is none of their addresses, and a link is the call alone', async (t) => {
  const { app } = await startService(t, { POSTERN_PAGES: 'off', POSTERN_ADMIN: 'http' })
  for (const url of ['/sign-in', '/sign-up', '/sign-out', '/account', '/pages/style.css', '/admin']) {
    t.equal((await app.inject({ url, headers: { accept: 'text/html' } })).statusCode, 404, url)
  }
})

t.test('below a path of the public URL every address and cookie has it', async (t) => {
  const { app } = await startService(t, { POSTERN_PUBLIC_URL: 'http://localhost:3000/login/' })
  await signUp(app)
  const visitor = createVisitor(app)
  const { headers } = await visitor.get('/account')
  t.equal(headers.location, '/login/sign-in?return_to=%2Flogin%2Faccount')
  const form = await visitor.get(String(headers.location).replace('/login', ''))
  for (const [, address = ''] of form.body.matchAll(/(?:href|action)="(\/[^"]*)"/g))
    t.match(address, /^\/login\//)
  const reply = await visitor.post('/sign-in', { user: 'alice', pass: 'wonderland' })
  t.equal(reply.headers.location, 'http://localhost:3000/login/account')
  t.match(reply.cookies, [{ path: '/login' }, { path: '/login' }])
})

t.test('/.well-known/change-password leads password managers to the account', async (t) => {
  const { app } = await startService(t)
  t.match(await app.inject('/.well-known/change-password'), {
    statusCode: 302,
    headers: { location: '/account' }
  })
})
