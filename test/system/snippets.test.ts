import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Postern, startPostern } from '../../src/fixture/testing.js'
import { root } from '../support/dockerfile.js'
import { docBlock, docBlocks, docPages } from '../support/docs.js'
import { run } from '../support/process.js'

const compiler = join(root, 'node_modules/.bin/tsc')
const strict = [
  '--ignoreConfig',
  '--strict',
  '--target',
  'es2023',
  '--lib',
  'es2024,esnext.disposable',
  '--types',
  'node'
]
const resolutions = {
  node16: ['--module', 'node16', '--moduleResolution', 'node16'],
  bundler: ['--module', 'esnext', '--moduleResolution', 'bundler']
}

/** Inside the package, whose exports it imports by their names, as it imports the packages that the project has. */
function workplace(t: Test): string {
  const folder = mkdtempSync(join(root, 'build/snippets-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}')
  return folder
}

/** A folder in which `postern` is an installed package, and the examples' app lies above the snippets. */
function consumer(t: Test): string {
  const folder = workplace(t)
  const place = join(folder, 'node_modules')
  run(['mkdir', '-p', place, join(folder, 'snippets')], root)
  symlinkSync(root, join(place, 'postern'))
  run(['cp', join(root, 'examples/app.js'), folder], root)
  return join(folder, 'snippets')
}

/** All snippets of this language that import Postern, each in a file of this folder. */
function writeSnippets(folder: string, language: 'js' | 'ts'): string[] {
  return docPages.flatMap((page) =>
    docBlocks(page, language)
      .filter((block) => block.includes("from 'postern"))
      .map((block, index) => {
        const name = `${page.replace(/\W/g, '-')}-${index}.${language}`
        writeFileSync(join(folder, name), language === 'js' ? `// @ts-check\n${block}` : block)
        return name
      })
  )
}

for (const [name, resolution] of Object.entries(resolutions)) {
  t.test(`every snippet of the documents compiles with the resolution ${name}`, (t) => {
    const folder = consumer(t)
    const options = [...strict, ...resolution, '--noEmit', '--skipLibCheck', 'false']
    const typed = writeSnippets(folder, 'ts')
    t.ok(typed.length >= 3)
    t.match(run([compiler, ...options, ...typed], folder), { stdout: '', status: 0 })
    const plain = writeSnippets(folder, 'js')
    t.ok(plain.length >= 3)
    // JavaScript names no types for its parameters.
    const unnamed = ['--allowJs', '--noImplicitAny', 'false']
    t.match(run([compiler, ...options, '--skipLibCheck', ...unnamed, ...plain], folder), {
      stdout: '',
      status: 0
    })
    t.end()
  })
}

/** Compiles and starts the snippet that holds this phrase, and reads its first line of output. */
async function startSnippet(t: Test, page: string, phrase: string, postern: Postern, args: string[] = []) {
  const folder = consumer(t)
  const snippet = docBlock(page, page === 'README.md' ? 'js' : 'ts', phrase)
  // A snippet verifies for production; here it meets a fixture.
  const text = snippet.replaceAll(
    /(url: process\.env\.POSTERN_URL[^,}\n]*?)( \}|,\n)/g,
    '$1, fixture: true$2'
  )
  writeFileSync(join(folder, 'snippet.ts'), text)
  t.match(run([compiler, ...strict, ...resolutions.node16, '--skipLibCheck', 'snippet.ts'], folder), {
    stdout: '',
    status: 0
  })
  const { PATH } = process.env
  const program = spawn(process.execPath, ['snippet.js', ...args], {
    cwd: folder,
    env: { PATH, POSTERN_URL: postern.url, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = once(program, 'close')
  t.teardown(async () => {
    program.kill('SIGKILL')
    await ended
  })
  const [line = 'it ended'] = await Promise.race([
    once(program.stdout.setEncoding('utf8'), 'data'),
    ended.then(() => [])
  ])
  return String(line).trim()
}

const page = 'docs/integrate/in-your-service.md'
const services = {
  'the README': ['README.md', "from 'postern/fastify'"],
  'the page, with Fastify,': [page, "claimsOf, posternAuth } from 'postern/fastify'"],
  'the page, with Express,': [page, "from 'postern/express'"]
} as const

for (const [name, [page, phrase]] of Object.entries(services)) {
  t.test(`the service of ${name} knows its users, and nobody else`, async (t) => {
    await using postern = await startPostern({
      users: { alice: { password: 'x', claims: { role: 'admin' } } }
    })
    const url = await startSnippet(t, page, phrase, postern)
    const headers = await postern.authHeader('alice')
    const reply = await fetch(`${url}/orders`, { headers })
    t.match(await reply.json(), { of: /^[\da-f]{32}$/ })
    t.equal((await fetch(`${url}/orders`)).status, 401)
    if (page === 'README.md') return
    t.same(await (await fetch(`${url}/role`, { headers })).json(), { role: 'admin' })
    const renewed = await postern.authHeader('alice', { authenticationMethod: 'refresh_token' })
    const remove = (headers: Record<string, string>) => fetch(`${url}/orders`, { method: 'DELETE', headers })
    t.equal((await remove(renewed)).status, 403)
    t.equal((await remove(headers)).status, 200)
  })
}

t.test('the service of the page that is behind a proxy lets nobody in by an access token', async (t) => {
  await using postern = await startPostern({ users: { alice: 'wonderland' } })
  const url = await startSnippet(t, page, "mode: 'assertion'", postern)
  const { authorization } = await postern.authHeader('alice')
  for (const headers of [
    { authorization },
    { 'x-postern-assertion': authorization.slice('Bearer '.length) }
  ]) {
    t.equal((await fetch(url, { headers })).status, 401)
  }
})

t.test("the README's fixture gives a bad token, and stops", (t) => {
  const folder = consumer(t)
  const block = docBlock('README.md', 'js', "from 'postern/testing'")
  writeFileSync(join(folder, 'snippet.js'), `${block}\nconsole.log(expired.authorization)`)
  t.match(run([process.execPath, 'snippet.js'], folder), {
    stdout: /^Bearer [\w-]+\.[\w-]+\.[\w-]+\n$/,
    status: 0
  })
  t.end()
})

t.test('the program that verifies tells a good token, a bad one and no Postern apart', async (t) => {
  const postern = await startPostern({ users: { alice: { password: 'x', claims: { role: 'admin' } } } })
  const verify = (token: string) => startSnippet(t, page, 'createVerifier<', postern, [token])
  const token = await postern.token('alice')
  t.equal(await verify(token), 'alice admin')
  t.equal(await verify(await postern.token('alice', { preset: 'revoked' })), 'refused: revoked')
  const { url } = postern
  await postern.stop()
  t.equal(await verify(token), `unreachable: ${url}/check`)
})
