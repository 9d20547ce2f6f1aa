import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { temporaryFolder } from '../support/helper.js'

const root = join(import.meta.dirname, '../../..')

const consumer = `
import { createServer as createHttpServer } from 'node:http'
import Fastify from 'fastify'
import { createServer, StartupError } from 'postern'
import { posternAuth as handlers } from 'postern/express'
import { posternAuth } from 'postern/fastify'
import { type Postern, startPostern } from 'postern/testing'
import { type AccessClaims, createVerifier } from 'postern/verify'

const postern: Postern = await startPostern({
  users: { alice: 'wonderland', bob: { password: 'builder', claims: { role: 'admin' } } },
  algorithm: 'EdDSA',
  now: new Date()
})
const options = { url: postern.url, fixture: true }
const verifier = createVerifier({ ...options, mode: 'check' })
const { user, uid }: AccessClaims = await verifier.verify(await postern.token('alice', { expiresIn: 60 }))
const app = Fastify()
await app.register(posternAuth, options)
app.get('/', { onRequest: app.authenticate }, async (request) => ({ user: request.postern?.user }))
const reply = await app.inject({ url: '/', headers: await postern.authHeader('bob') })
const { authenticate } = handlers(options)
createHttpServer((request, response) => authenticate(request, response, () => response.end()))
const names = [typeof createServer, StartupError.name]
console.log(JSON.stringify({ user, length: uid.length, reply: reply.json(), names }))
await app.close()
await postern.stop()
`

t.test('the package, installed from its tarball, has types for all that it exports, and works', (t) => {
  const folder = temporaryFolder(t)
  // tap puts hooks of its own into every Node process, which a user's has not.
  const run = (...command: string[]) =>
    execFileSync('env', ['-u', 'NODE_OPTIONS', ...command], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe']
    })
  // What is packed is what was built and tested.
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    stdio: 'ignore'
  })
  const [tarball = ''] = readdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}')
  run('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`, '@types/node@20')
  writeFileSync(join(folder, 'consumer.ts'), consumer)

  const compiler = join(root, 'node_modules/.bin/tsc')
  const settings = ['--strict', '--target', 'es2023', '--lib', 'es2024,esnext.disposable', '--types', 'node']
  run(compiler, ...settings, '--noEmit', '--module', 'esnext', '--moduleResolution', 'bundler', 'consumer.ts')
  run(compiler, ...settings, '--module', 'node16', '--moduleResolution', 'node16', 'consumer.ts')
  t.same(JSON.parse(run(process.execPath, 'consumer.js')), {
    user: 'alice',
    length: 32,
    reply: { user: 'bob' },
    names: ['function', 'StartupError']
  })
  t.match(run('npx', 'postern', '--version'), /^\d+\.\d+\.\d+\n$/)

  const files = run('tar', '-tzf', tarball).trim().split('\n')
  t.same(
    files.filter(
      (file) => !/^package\/(build\/(bin|bundle|docs|plugins|routes|src|testing)\/|docs\/|[^/]+$)/.test(file)
    ),
    []
  )
  t.same(
    files.filter((file) => file.endsWith('.map')).sort(),
    ['package/build/bundle/postern.js.map', 'package/build/testing/testing.js.map'],
    'the others lead to sources that are not there'
  )
  t.ok(files.includes('package/build/src/accounts/accounts.js'))
  t.throws(
    () => run(process.execPath, '-e', "import('postern/build/src/accounts/accounts.js')"),
    'nothing else is exported'
  )
  t.end()
})
