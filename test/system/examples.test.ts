import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { createServer } from '../../src/server/server.js'
import { image, root } from '../support/dockerfile.js'
import { docBlock } from '../support/docs.js'
import { cheap, temporaryFolder } from '../support/helper.js'
import { call, Program, run } from '../support/process.js'

// As a user has them: the examples in a folder of their own, and Postern from its packed file.
const folder = temporaryFolder(t)
const examples = join(root, 'examples')
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium'
// Debian's, for which the packages are.
const python = '/usr/bin/python3'
const read = (path: string) => readFileSync(join(examples, path), 'utf8')

/** What a command of an example has told, if it has failed. */
function failure(command: string[], environment: Environment = {}): string {
  const { status, stdout, stderr } = run(command, folder, environment)
  return status === 0 ? '' : `exit code ${status}: ${stdout}${stderr}`
}

/** Why they cannot be installed, if it is for want of a network; what else is wrong is a failure. */
function install(): string | false {
  cpSync(examples, folder, { recursive: true, filter: (path) => !path.includes('node_modules') })
  // What is tested is the build that is there.
  const packed = run(
    ['npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder],
    root,
    process.env
  )
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
  const steps = [
    ['ci', ...options],
    ['install', '--no-save', ...options, join(folder, packed.stdout.trim())]
  ]
  for (const step of steps) {
    const told = failure(['npm', ...step], process.env)
    if (told === '') continue
    const [, code] =
      /code (E(?:AI_AGAIN|CONNREFUSED|CONNRESET|NOTCACHED|NOTFOUND|TIMEDOUT))\b/.exec(told) ?? []
    if (code === undefined) throw new Error(told)
    return `npm cannot reach the registry (${code})`
  }
  return false
}

const reason = install()
const unless = (isThere: boolean, name: string) => reason || (isThere ? false : `needs ${name}`)
const canRun = (command: string) => spawnSync(command, ['--version']).status === 0

t.test('the example for node:test passes', { skip: reason }, async (t) => {
  t.equal(failure(['node', '--test', 'node-test/me.test.js']), '')
})

t.test('the documentation shows the example for node:test, and users that Postern takes', async (t) => {
  const [, shown] = /^\/\/ [^\n]*\n(.*)$/s.exec(read('node-test/me.test.js')) ?? []
  t.equal(docBlock('docs/test-with/in-process.md', 'js', "from 'postern/testing'"), shown)
  const place = temporaryFolder(t)
  writeFileSync(join(place, 'users.json'), docBlock('docs/test-with/users-file.md', 'json', '"hash"'))
  const program = new Program(t, ['serve', '--fixture', '--users', 'users.json'], {}, place)
  const { body } = await call(`${await program.url()}/fixture/users`, 'GET', {})
  t.match(JSON.parse(body), {
    users: [{ user: 'alice' }, { user: 'bob', groups: ['staff'] }, { user: 'carol', state: 'disabled' }]
  })
})

t.test('the example for Vitest passes, and its types are right', { skip: reason }, async (t) => {
  t.equal(failure(['npx', 'vitest', 'run', '--dir', 'vitest']), '')
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  const options = [
    '--noEmit',
    '--strict',
    '--allowJs',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    ...types
  ]
  t.equal(failure([join(root, 'node_modules/.bin/tsc'), ...options, 'vitest/me.test.ts']), '')
})

t.test(
  'the example for Playwright signs in by a page of a real browser',
  { skip: unless(existsSync(chromium), 'chromium') },
  async (t) => {
    t.equal(failure(['node', '--test', 'playwright/sign-in.test.js'], { CHROMIUM: chromium }), '')
  }
)

t.test('four workers of Vitest on one Postern disturb nobody: 240 of 240', { skip: reason }, async (t) => {
  const { status, stdout } = run(['npx', 'vitest', 'run', '--root', 'workers/vitest'], folder)
  t.match(stripVTControlCharacters(stdout), /Tests +240 passed \(240\)/)
  t.equal(status, 0)
})

t.test(
  'the example for workers of Playwright passes',
  { skip: unless(existsSync(chromium), 'chromium') },
  async (t) => {
    const command = ['npx', 'playwright', 'test', '--config', 'workers/playwright']
    t.equal(failure(command, { CHROMIUM: chromium }), '')
  }
)

t.test(
  'the example for workers of pytest passes',
  { skip: unless(spawnSync(python, ['-c', 'import pytest, xdist']).status === 0, 'pytest and xdist') },
  async (t) => {
    const { status, stdout } = run([python, '-m', 'pytest', '-q', '-n', '4', 'workers/pytest'], folder)
    t.match(stdout, /^80 passed /m)
    t.equal(status, 0)
  }
)

t.test(
  "the example for Python's unittest passes",
  { skip: unless(canRun('python3'), 'python3') },
  async (t) => {
    const { status, stderr } = run(['python3', '-m', 'unittest', 'discover', 'python'], folder)
    t.match(stderr, /^Ran [1-9].*\n\nOK\n$/m)
    t.equal(status, 0)
  }
)

t.test(
  'the example for the shell passes',
  { skip: unless(canRun('bash') && canRun('curl'), 'bash and curl') },
  async (t) => {
    t.equal(failure(['bash', 'shell/tokens.sh']), '')
  }
)

t.test(
  'the job of GitHub Actions runs tests beside a fixture',
  { skip: unless(canRun('python3'), 'python3') },
  async (t) => {
    const [, command = ''] = /- run: (npx postern .*)/.exec(read('github-actions.yml')) ?? []
    const { status, stderr } = run(command.split(' '), folder)
    t.match(stderr, /^Ran [1-9].*\n\nOK\n$/m)
    t.equal(status, 0)
  }
)

t.test('what the container for tests runs is ready, and wants its secret', async (t) => {
  const compose = read('compose.yaml')
  const value = (name: string) => new RegExp(`^ +${name}: (.*)$`, 'm').exec(compose)?.[1] ?? ''
  const POSTERN_FIXTURE_SECRET = value('POSTERN_FIXTURE_SECRET')
  const host = { POSTERN_HOST: image.environment.POSTERN_HOST, POSTERN_FIXTURE_SECRET }
  t.equal(value('POSTERN_PORT'), '"3000"')
  t.match(value('ports') + compose, '127.0.0.1:3000:3000')
  const command = value('command').replace(' /', ` ${examples}/`).split(' ')
  const program = new Program(t, command, { ...host, POSTERN_PORT: '0' }, temporaryFolder(t))
  const { port } = new URL(await program.url())
  const url = `http://127.0.0.1:${port}`
  t.equal((await call(`${url}/token`, 'GET', { user: 'alice', pass: 'wonderland' })).status, 200)
  t.equal((await call(`${url}/fixture/reset`, 'POST', {})).status, 403)
  t.equal((await call(`${url}/fixture/reset`, 'POST', {}, POSTERN_FIXTURE_SECRET)).status, 204)

  t.same(value('test'), `[CMD, ${image.healthCommand.join(', ')}]`)
  const settings = { ...host, POSTERN_PORT: port }
  const health = new Program(t, image.healthCommand.slice(2), settings, temporaryFolder(t))
  t.equal(await health.exit, 0, health.stderr)
})

for (const [language, command, skip] of [
  ['Node.js', ['node', 'behind-a-proxy/app.js'], reason],
  [
    'Python',
    [python, 'behind-a-proxy/app.py'],
    unless(spawnSync(python, ['-c', 'import jwt, cryptography']).status === 0, 'PyJWT and cryptography')
  ]
] as const) {
  t.test(
    `the application behind a proxy trusts nothing but the assertion, in ${language}`,
    { skip },
    async (t) => {
      const service = createServer(
        { environment: { ...cheap, POSTERN_PORT: '0' }, clock: Date.now },
        { write() {} }
      )
      t.teardown(() => service.close())
      const postern = await service.listen({ port: 0, host: '127.0.0.1' })
      const site = 'https://wiki.example.org'
      const url = await startExample(t, [...command, postern], { SITE: site, PORT: '0' })
      const account = { uid: 'f'.repeat(32), name: 'alice', groups: ['family', 'staff'] }
      const issue = (origin: string) =>
        String(service.assertions.issue({ account, session: 'e'.repeat(32), origin, amr: ['pwd'] }))
      const get = async (headers: Record<string, string>) => {
        const reply = await fetch(url, { headers })
        return [reply.status, await reply.text()]
      }
      const good = issue(site)
      t.same(await get({ 'x-postern-assertion': good }), [200, 'Hello, alice. Your groups: family, staff.\n'])
      const token = service.tokens.issueAccessToken({ ...account, gen: 0 }, 'password')
      for (const headers of [
        { 'remote-user': 'alice' },
        { 'x-postern-assertion': '' },
        { 'x-postern-assertion': issue('https://blog.example.org') },
        { 'x-postern-assertion': `${good.slice(0, -8)}AAAAAAAA` },
        { 'x-postern-assertion': `${good}, ${good}` },
        { 'x-postern-assertion': token },
        { authorization: `Bearer ${good}` }
      ]) {
        t.match(await get(headers), [401, /^Come through the proxy/], JSON.stringify(headers))
      }
      await service.close()
      const withoutKeys = await startExample(t, [...command, postern], { SITE: site, PORT: '0' })
      t.equal(
        (await fetch(withoutKeys, { headers: { 'x-postern-assertion': good } })).status,
        503,
        'without its keys'
      )
    }
  )
}

/** Starts an example that prints its address, and ends it after the test. */
async function startExample(
  t: Test,
  [program = '', ...args]: string[],
  environment: Environment
): Promise<string> {
  const env = { PATH: process.env.PATH, ...environment }
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const [line = 'it ended'] = await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data'),
    ended.then(() => [])
  ])
  return String(line).trim()
}
