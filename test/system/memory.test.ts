import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after, setImmediate as immediate } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { FastifyInstance, InjectOptions } from 'fastify'
import t from 'tap'
import { fixtureOptions } from '../../src/fixture/fixture-options.js'
import { createServer } from '../../src/server/server.js'
import type { User } from '../../src/store/store.js'
import { certificates } from '../support/certificates.js'
import { bearer, cheap, signUp, startService, temporaryFolder } from '../support/helper.js'
import { residentKib, serve } from '../support/process.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

// Of each kind, with padding and without.
const calls = 200
const padding = 'x'.repeat(48 * 1024)
const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** What is kept in memory of so many calls, in KiB a call. */
async function kept(app: FastifyInstance, call: (index: number) => InjectOptions): Promise<number> {
  const before = heap()
  for (let index = 0; index < calls; index += 1) {
    const { statusCode, body } = await app.inject(call(index))
    if (statusCode >= 300) throw new Error(`${statusCode} ${body}`)
    // What a request leaves to be done later is done.
    await immediate()
  }
  return (heap() - before) / calls / 1024
}

function heap(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

t.test('H3: nothing keeps the request that it came with', async (t) => {
  const { app, log } = await startService(t, {
    POSTERN_LOG_LEVEL: 'error',
    POSTERN_TRUST_PROXY: 'true',
    POSTERN_TOKEN_CACHE_SIZE: '100000',
    POSTERN_MAX_SESSIONS: '1000',
    POSTERN_SESSIONS_PER_MINUTE: '0'
  })
  const token = await signUp(app)
  const alice = (await app.store.findUserByName('alice')) as User
  const issued = () => app.tokens.issueAccessToken(alice, 'password')
  const asForm = (method: 'GET' | 'POST', url: string, values: string, padding: string): InjectOptions => ({
    method,
    url,
    headers: form,
    payload: `${values}&padding=${padding}`
  })
  const cases: Record<string, (padding: string) => (index: number) => InjectOptions> = {
    'the names of users': (padding) => (index) =>
      asForm('POST', '/user', `user=user ${padding.length} ${index}&pass=x`, padding),
    'verified tokens of a form': (padding) => () =>
      asForm('GET', '/check', `access_token=${issued()}`, padding),
    'verified tokens of a query': (padding) => () => ({
      url: `/check?access_token=${issued()}&a=${padding}`
    }),
    'user agents': (padding) => (index) => ({
      url: '/refresh_token',
      headers: { ...bearer(token), 'user-agent': `a browser of some length, number ${index} ${padding}` }
    }),
    addresses: (padding) => (index) => ({
      url: '/refresh_token',
      headers: {
        ...bearer(token),
        'x-forwarded-for': `2001:db8:1234:5678:90ab:cdef:1234:${index % 1000}, ${padding && '10.0.0.1,'.repeat(5000)}`
      }
    })
  }
  for (const [what, makeCall] of Object.entries(cases)) {
    const [plain, padded] = [await kept(app, makeCall('')), await kept(app, makeCall(padding))]
    t.ok(padded - plain < 12, `${what}: ${plain.toFixed(1)} KiB a call, ${padded.toFixed(1)} with padding`)
    t.same(log, [])
  }
})

t.test('H3: the calls that a fixture remembers are no larger than what they say', async (t) => {
  const options = fixtureOptions({ environment: cheap, clock: Date.now })
  const app = createServer(options, { write: () => true })
  t.teardown(() => app.close())
  await app.ready()
  const call = (padding: string) => (index: number) => ({
    url: '/user',
    headers: form,
    payload: `user=a user of some length, number ${index}${padding}`
  })
  const [plain, padded] = [await kept(app, call('')), await kept(app, call(`&access_token=${padding}`))]
  t.ok(padded - plain < 12, `${plain.toFixed(1)} KiB a call, ${padded.toFixed(1)} with padding`)
})

t.test(
  'H2: of what comes at once on a connection, 64 requests are worked on, and little is kept',
  async (t) => {
    const app = createServer({ environment: cheap, clock: Date.now }, { write: () => true })
    t.teardown(() => app.close())
    let answered = 0
    app.addHook('onSend', async () => {
      answered += 1
    })
    const { hostname, port } = new URL(await app.listen({ port: 0 }))
    for (const expectation of ['', 'Expect: a miracle\r\n']) {
      answered = 0
      const before = heap()
      let atEnd = 0
      app.server.once('connection', (socket) => {
        // Before Node lets go of what it has read.
        socket.prependOnceListener('close', () => {
          atEnd = heap()
        })
      })
      const ask = `GET /version HTTP/1.1\r\nHost: x\r\n${expectation}\r\n`
      const socket = connect(Number(port), hostname, () => socket.write(ask.repeat(4000))).pause()
      t.teardown(() => socket.destroy())
      socket.on('error', () => {})
      while (atEnd === 0) await after(20)
      t.equal(answered, 64)
      const kept = (atEnd - before) / 1024 / 1024
      t.ok(kept < 5, `${kept.toFixed(1)} MiB`)
    }
  }
)

t.test(
  'H2: who asks for a large file over TLS and does not read it has little of it kept',
  { skip: process.platform !== 'linux' && 'resident memory is read from /proc' },
  async (t) => {
    const folder = temporaryFolder(t)
    const settings = {
      POSTERN_TLS_CERT_FILE: join(folder, 'cert.pem'),
      POSTERN_TLS_KEY_FILE: join(folder, 'key.pem')
    }
    writeFileSync(settings.POSTERN_TLS_CERT_FILE, certificates[0].cert)
    writeFileSync(settings.POSTERN_TLS_KEY_FILE, certificates[0].key)
    const program = serve(t, folder, settings)
    const { hostname, port } = new URL(await program.url())
    const ask = async () => {
      const socket = connectTls({ host: hostname, port: Number(port), ca: certificates[0].cert })
      t.teardown(() => socket.destroy())
      await once(socket, 'secureConnect')
      socket.pause().write('GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n')
    }
    await ask()
    await after(1000)
    const before = residentKib(program)
    const connections = 60
    for (let count = 0; count < connections; count += 1) await ask()
    await after(1000)
    const kept = (residentKib(program) - before) / connections
    t.ok(kept < 900, `${kept.toFixed(0)} KiB a connection`)
  }
)
