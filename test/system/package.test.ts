import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { temporaryFolder } from '../support/helper.js'

const root = join(import.meta.dirname, '../../..')

const consumer = `
import { createServer as createHttpServer } from 'node:http'
import Fastify from 'fastify'
import { createServer, StartupError } from 'postern'
import { posternAuth as handlers } from 'postern/express'
import { claimsOf, posternAuth } from 'postern/fastify'
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
app.get('/', { onRequest: app.authenticate }, async (request) => ({
  user: request.postern.user,
  role: claimsOf<{ role: string }>(request).role
}))
const reply = await app.inject({ url: '/', headers: await postern.authHeader('bob') })
const { authenticate } = handlers(options)
createHttpServer((request, response) => authenticate(request, response, () => response.end()))
const names = [typeof createServer, StartupError.name]
console.log(JSON.stringify({ user, length: uid.length, reply: reply.json(), names }))
await app.close()
await postern.stop()
`

const commonJsConsumer = `
import testing = require('postern/testing')
import verify = require('postern/verify')
import express = require('postern/express')
import fastify = require('postern/fastify')

async function main() {
  const postern: testing.Postern = await testing.startPostern({ users: { alice: 'wonderland' } })
  const verifier = verify.createVerifier<{ role?: string }>({ url: postern.url, fixture: true })
  const { user, role = 'none' }: verify.AccessClaims & { role?: string } = await verifier.verify(await postern.token('alice'))
  const refusal: unknown = await verifier.verify('x').catch((error: unknown) => error)
  const reason = refusal instanceof verify.TokenRefusedError ? refusal.reason : undefined
  const kinds = [typeof express.posternAuth, typeof fastify.posternAuth]
  console.log(JSON.stringify({ user, role, reason, kinds }))
  await postern.stop()
}
main()
`

const compiler = join(root, 'node_modules/.bin/tsc')
const settings = ['--strict', '--target', 'es2023', '--lib', 'es2024,esnext.disposable', '--types', 'node']
const node16 = ['--module', 'node16', '--moduleResolution', 'node16']
const bundler = ['--noEmit', '--module', 'esnext', '--moduleResolution', 'bundler']

// What is packed is what was built and tested.
const packed = temporaryFolder(t)
execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', packed], {
  cwd: root,
  stdio: 'ignore'
})
const tarball = join(packed, readdirSync(packed)[0] ?? '')

/** A project that has the packed file and these packages; `run` runs a command in it, and `told` is what npm said. */
function project(t: Test, packages: string[]) {
  const folder = temporaryFolder(t)
  // tap puts hooks of its own into every Node process, which a user's has not.
  const run = (...command: string[]) =>
    execFileSync('env', ['-u', 'NODE_OPTIONS', ...command], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe']
    })
  writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}')
  const install = ['npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', tarball, ...packages]
  const told = run('sh', '-c', '"$@" 2>&1', 'sh', ...install)
  writeFileSync(join(folder, 'consumer.ts'), consumer)
  writeFileSync(join(folder, 'commonjs.cts'), commonJsConsumer)
  return { folder, run, told }
}

// The newest before the releases whose types this package is made with, the oldest that is taken, and the newest there is.
for (const version of ['5.0.0', '5.8.0', '5']) {
  t.test(`postern/fastify compiles and works beside fastify ${version}, of which there is one`, (t) => {
    const { folder, run } = project(t, [`fastify@${version}`, '@types/node@20'])
    run(compiler, ...settings, ...bundler, 'consumer.ts')
    run(compiler, ...settings, ...node16, 'consumer.ts')
    t.match(JSON.parse(run(process.execPath, 'consumer.js')), { reply: { user: 'bob', role: 'admin' } })
    t.notOk(existsSync(join(folder, 'node_modules/postern/node_modules/fastify')))
    t.end()
  })
}

t.test(
  'the package, installed from a git repository, is built',
  { skip: existsSync(join(root, '.git')) ? false : 'needs a clone' },
  (t) => {
    const folder = temporaryFolder(t)
    const at = (place: string, command: string, ...args: string[]) =>
      execFileSync('env', ['-u', 'NODE_OPTIONS', command, ...args], {
        cwd: place,
        encoding: 'utf8',
        stdio: 'pipe'
      })
    // As they are now, committed or not.
    const files = at(root, 'git', 'ls-files', '-z')
      .split('\0')
      .filter((file) => existsSync(join(root, file)) && file !== '')
    for (const file of files) cpSync(join(root, file), join(folder, 'postern', file))
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.org']
    for (const step of [
      ['init', '--quiet'],
      ['add', '--all'],
      [...author, 'commit', '--quiet', '--message', 'test']
    ]) {
      at(join(folder, 'postern'), 'git', ...step)
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}')
    const repository = `git+file://${join(folder, 'postern')}`
    at(folder, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', repository)
    t.match(at(folder, 'npx', 'postern', '--version'), /^\d+\.\d+\.\d+\n$/)
    t.end()
  }
)

t.test('the package, installed from its tarball, has types for all that it exports, and works', (t) => {
  const { folder, run, told } = project(t, ['@types/node@20'])
  // npm names each package with a script of its own, which argon2 and bcrypt have: without it they find what they are built as.
  const warnings = told.split('\n').filter((line) => /warn/i.test(line) && !/install-scripts/.test(line))
  t.same(warnings, [])
  const installed = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'))
  const count = Object.keys(installed.packages).filter(
    (name) => !/types\/node|undici-types/.test(name)
  ).length
  t.ok(count <= 90, `${count} packages`)

  run(compiler, ...settings, ...bundler, 'consumer.ts')
  run(compiler, ...settings, ...node16, 'consumer.ts', 'commonjs.cts')
  t.same(JSON.parse(run(process.execPath, 'consumer.js')), {
    user: 'alice',
    length: 32,
    reply: { user: 'bob', role: 'admin' },
    names: ['function', 'StartupError']
  })
  t.same(JSON.parse(run(process.execPath, 'commonjs.cjs')), {
    user: 'alice',
    role: 'none',
    reason: 'malformed',
    kinds: ['function', 'function']
  })
  t.match(run('npx', 'postern', '--version'), /^\d+\.\d+\.\d+\n$/)

  const files = run('tar', '-tzf', tarball).trim().split('\n')
  const folders =
    /^package\/(?:build\/(?:bin|bundle|commonjs|docs|exports)\/|build\/src\/.*\.d\.c?ts$|docs\/|examples\/|packaging\/|[^/]+$)/
  t.same(
    files.filter((file) => !folders.test(file)),
    []
  )
  for (const file of [
    'packaging/postern.service',
    'compose.yaml',
    'compose.postgres.yaml',
    'Dockerfile',
    'examples/app.js'
  ]) {
    t.ok(files.includes(`package/${file}`), file)
  }
  t.same(
    files.filter((file) => file.endsWith('.map')),
    ['package/build/bundle/postern.js.map'],
    'the others lead to sources that are not there'
  )
  t.ok(files.includes('package/build/exports/testing.js'))
  t.throws(
    () => run(process.execPath, '-e', "import('postern/build/exports/testing.js')"),
    'nothing else is exported'
  )
  t.end()
})
