import { connect } from 'node:net'
import { availableParallelism } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { createServer } from '../../src/server/server.js'
import { cheap, send, signUp, startService, temporaryFolder } from '../support/helper.js'
import { call, Program, residentKib, serve } from '../support/process.js'

const logins = 500
const hashMemoryKib = 19_456
const spareKib = 64 * 1024

t.test(
  '500 logins at once are answered or told to come back, within the bound of memory, and checks go on',
  { skip: process.platform !== 'linux' && 'resident memory is read from /proc' },
  async (t) => {
    const program = serve(t, temporaryFolder(t), {
      POSTERN_HASH_MEMORY_KIB: String(hashMemoryKib),
      POSTERN_HASH_ITERATIONS: '2',
      POSTERN_LOG_LEVEL: 'error'
    })
    const url = await program.url()
    await call(`${url}/user`, 'POST', { user: 'alice', pass: 'wonderland' })
    const { body: token } = await call(`${url}/token`, 'GET', { user: 'alice', pass: 'wonderland' })
    const idleKib = residentKib(program, 'VmRSS')

    const signIn = `${url}/token?${new URLSearchParams({ user: 'alice', pass: 'wonderland' })}`
    let answered = 0
    const answers = Array.from({ length: logins }, async () => {
      const response = await fetch(signIn)
      answered += 1
      await response.text()
      return response
    })
    const checks: number[] = []
    while (answered < logins) checks.push((await call(`${url}/check`, 'GET', { access_token: token })).status)
    t.ok(checks.length > 0, `${checks.length} checks meanwhile`)
    t.same([...new Set(checks)], [200])

    const responses = await Promise.all(answers)
    const refused = responses.filter(({ status }) => status === 503)
    t.equal(responses.filter(({ status }) => status === 200).length, logins - refused.length)
    t.ok(refused.length > 0 && refused.length < logins, `${refused.length} refused`)
    t.ok(refused.every(({ headers }) => headers.get('retry-after') === '1'))
    const bound = idleKib + availableParallelism() * hashMemoryKib + spareKib
    const peakKib = residentKib(program, 'VmHWM')
    t.ok(peakKib <= bound, `${peakKib} KiB of ${bound}`)
    t.equal((await fetch(signIn)).status, 200, 'afterwards all is as before')
    t.equal(program.stderr, '')
  }
)

t.test(
  'with the default settings and a hundred logins at once, other calls are answered before them',
  async (t) => {
    const { app } = await startService(t, { POSTERN_HASH_MEMORY_KIB: '', POSTERN_HASH_ITERATIONS: '' })
    const access_token = await signUp(app)
    let answered = 0
    const logins = Array.from({ length: 100 }, async () => {
      const { statusCode } = await send(app, 'GET', '/token', { user: 'nobody', pass: 'x' })
      if (statusCode !== 503) answered += 1
    })
    t.equal((await send(app, 'GET', '/check', { access_token })).statusCode, 200)
    t.equal((await app.inject('/version')).statusCode, 200)
    t.ok(answered < 32, `${answered} logins were answered by then`)
    await Promise.all(logins)
    t.ok(answered > 0)
  }
)

t.test('H2: a client that asks and never reads is cut off', async (t) => {
  const { app } = await startService(t)
  const url = await app.listen({ port: 0 })
  const { hostname, port } = new URL(url)
  const ask = 'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n'
  for (let count = 0; count < 20; count += 1) {
    const socket = connect(Number(port), hostname, () => socket.write(ask.repeat(20))).pause()
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
  }
  const connections = promisify(app.server.getConnections.bind(app.server))
  const most: number[] = []
  while (most.length < 40 && most.at(-1) !== 0) {
    await after(1000)
    most.push(await connections())
  }
  t.equal(Math.max(...most), 20)
  t.equal(most.at(-1), 0)
})

t.test('H2: a call that a fixture has wait for longer than any other may is answered', async (t) => {
  const program = new Program(t, ['serve', '--fixture'], {}, temporaryFolder(t))
  const url = await program.url()
  const fault = { route: 'GET /version', delay: 11_000 }
  const headers = { 'content-type': 'application/json' }
  await fetch(`${url}/fixture/faults`, { method: 'POST', headers, body: JSON.stringify(fault) })
  t.equal((await fetch(`${url}/version`)).status, 200)
})

t.test('R8: a call that takes long by itself is answered all the same', async (t) => {
  const app = createServer({ environment: cheap, clock: Date.now }, { write: () => true })
  t.teardown(() => app.close())
  app.addHook('preHandler', () => after(11_000))
  const url = await app.listen({ port: 0 })
  t.equal((await call(`${url}/user`, 'POST', { user: 'alice', pass: 'wonderland' })).status, 201)
})
