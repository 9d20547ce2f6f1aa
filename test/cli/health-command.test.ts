import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { temporaryFolder } from '../support/helper.js'
import { call, Program, serve } from '../support/process.js'

t.test('health tells by its exit code whether the service of the same settings is ready', async (t) => {
  const folder = temporaryFolder(t)
  const health = async (environment: Environment) => {
    const program = new Program(t, ['health'], environment, folder)
    return { code: await program.exit, stdout: program.stdout, stderr: program.stderr }
  }
  const ready = { code: 0, stdout: '', stderr: '' }
  const service = serve(t, folder)
  const POSTERN_PORT = new URL(await service.url()).port
  t.same(await health({ POSTERN_PORT }), ready)
  t.same(await health({ POSTERN_PORT, POSTERN_HOST: '0.0.0.0' }), ready, 'on all addresses means here, too')
  writeFileSync(join(folder, '.env'), `POSTERN_PORT=${POSTERN_PORT}\n`)
  t.same(await health({}), ready, 'by the settings in .env')
  t.same(readdirSync(folder).sort(), ['.env', 'data'], 'it makes no folder')

  mkdirSync(join(folder, 'data/users.1.journal'))
  const url = `http://127.0.0.1:${POSTERN_PORT}`
  t.equal((await call(`${url}/user`, 'POST', { user: 'alice', pass: 'x' })).status, 503)
  t.match(await health({}), { code: 1, stdout: '', stderr: 'postern: The service is not ready: store.\n' })

  service.child.kill('SIGTERM')
  await service.exit
  const none = `postern: no answer from 127.0.0.1 port ${POSTERN_PORT} (ECONNREFUSED)\n`
  t.match(await health({}), { code: 1, stdout: '', stderr: none })
  t.match(await health({ POSTERN_PORT: '0' }), { code: 2, stderr: /^postern: [^\n]*POSTERN_PORT[^\n]*\n$/ })
  t.match(await health({ POSTERN_PORT: 'x' }), { code: 2, stderr: /^postern: POSTERN_PORT takes [^\n]*\n$/ })
})

t.test('health is not taken in by other services, nor held up or filled up by them', async (t) => {
  const health = async (listener: RequestListener) => {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close().closeAllConnections())
    const { port } = server.address() as AddressInfo
    const program = new Program(t, ['health'], { POSTERN_PORT: String(port) }, temporaryFolder(t))
    t.equal(await program.exit, 1)
    return program.stderr.replace(` port ${port}`, '')
  }
  const stranger = 'postern: what answers on 127.0.0.1 is not Postern\n'
  const late = 'postern: no answer from 127.0.0.1 within 3 seconds\n'
  const answers: [string, RequestListener][] = [
    [stranger, (_request, response) => response.end('hello')],
    [stranger, (_request, response) => response.end('null')],
    [stranger, (_request, response) => response.writeHead(302, { location: '/version' }).end()],
    [stranger, (_request, response) => Readable.from(endless()).pipe(response)],
    [late, () => {}],
    [late, (_request, response) => response.writeHead(200).write('{"status":')],
    ['postern: no answer from 127.0.0.1 (ECONNRESET)\n', (_request, response) => response.destroy()]
  ]
  const seen = await Promise.all(answers.map(([, listener]) => health(listener)))
  t.same(
    seen,
    answers.map(([expected]) => expected)
  )
})

function* endless() {
  for (;;) yield 'x'.repeat(65_536)
}
