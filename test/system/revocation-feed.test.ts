import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { createVerifier, type Verifier } from '../../src/verifier/verifier.js'
import { root } from '../support/dockerfile.js'
import { temporaryFolder } from '../support/helper.js'
import { call, type Program, run, serve } from '../support/process.js'

// Debian's, for which the packages are.
const python = '/usr/bin/python3'
const noPython =
  spawnSync(python, ['-c', 'import cryptography, jwt']).status !== 0 && 'Debian has no python3-jwt here'
const client = { id: 'shop', secret: 'a-secret-of-the-shop' }
const settings = {
  POSTERN_OAUTH_CLIENTS: `${client.id}:${client.secret}`,
  POSTERN_HASH_MEMORY_KIB: '8',
  POSTERN_HASH_ITERATIONS: '1',
  POSTERN_LOG_LEVEL: 'info'
}

/** A service of its own, with a user `alice`. */
async function start(t: Test, environment: Environment = {}, folder = temporaryFolder(t)) {
  const program = serve(t, folder, { ...settings, ...environment })
  const url = await program.url()
  await call(`${url}/user`, 'POST', { user: 'alice', pass: 'wonderland' })
  return { program, url, folder }
}

async function signIn(url: string, pass = 'wonderland', user = 'alice'): Promise<string> {
  const { status, body } = await call(`${url}/token`, 'GET', { user, pass })
  if (status !== 200) throw new Error(body)
  return body
}

function follow(t: Test, url: string): Verifier {
  const verifier = createVerifier({ url, mode: 'feed', client, whenStale: 'refuse' })
  t.teardown(() => verifier.close())
  return verifier
}

/** The milliseconds until a verifier refuses this token as revoked. */
async function untilRefused(verifier: Verifier, token: string): Promise<number> {
  const began = performance.now()
  for (;;) {
    const reason = await verifier.verify(token).then(
      () => 'good',
      (error: { reason?: string }) => error.reason
    )
    if (reason === 'revoked') return performance.now() - began
    await new Promise(setImmediate)
  }
}

/** Reads the revocations as a service that has no verifier. */
async function read(url: string, query = '') {
  const credentials = Buffer.from(`${client.id}:${client.secret}`).toString('base64')
  const response = await fetch(`${url}/revocations${query}`, {
    headers: { authorization: `Basic ${credentials}` }
  })
  return { status: response.status, ...((await response.json()) as { cursor: string; entries: object[] }) }
}

t.test(
  'from the answer to a revocation, a password change or a deletion to the refusal at a verifier it is 50 ms at most',
  async (t) => {
    const { url } = await start(t)
    const verifier = follow(t, url)
    const times: number[] = []
    const measure = async (token: string, end: () => Promise<{ status: number }>) => {
      t.match(await verifier.verify(token), { user: 'alice' })
      t.ok((await end()).status < 300)
      times.push(await untilRefused(verifier, token))
    }
    let pass = 'wonderland'
    for (let round = 0; round < 10; round += 1) {
      const token = await signIn(url, pass)
      await measure(token, () => call(`${url}/oauth/revoke`, 'POST', { token }))
      const [ended, presented, next] = [await signIn(url, pass), await signIn(url, pass), `pass ${round}`]
      await measure(ended, () => call(`${url}/user`, 'PATCH', { pass: next }, presented))
      t.match(await verifier.verify(presented), { user: 'alice' })
      pass = next
    }
    const last = await signIn(url, pass)
    await measure(last, () => call(`${url}/user`, 'DELETE', {}, last))
    times.sort((a, b) => a - b)
    t.comment(`milliseconds: ${times.map((time) => time.toFixed(1)).join(' ')}`)
    // Half of them: another program may hold the machine up for longer than that.
    const [median = Number.NaN] = times.slice(Math.floor(times.length / 2))
    t.ok(median <= 50, `${median} ms`)
  }
)

t.test('a thousand readers wait at once, are answered together, and do not hold up a stop', async (t) => {
  const { url, program } = await start(t, { POSTERN_METRICS: 'true' })
  const { cursor } = await read(url)
  const readers = Array.from({ length: 1000 }, () => read(url, `?cursor=${cursor}&wait=60`))
  await untilWaiting(t, url, 1000)
  const token = await signIn(url)
  await call(`${url}/oauth/revoke`, 'POST', { token })
  const answers = await Promise.all(readers)
  t.ok(answers.every(({ status, entries }) => status === 200 && entries.length === 1))
  t.equal(new Set(answers.map(({ cursor }) => cursor)).size, 1)

  const next = answers[0]?.cursor
  const again = Array.from({ length: 100 }, () => read(url, `?cursor=${next}&wait=60`))
  await untilWaiting(t, url, 100)
  const began = performance.now()
  program.child.kill('SIGTERM')
  for (const { status, entries } of await Promise.all(again)) t.same([status, entries], [200, []])
  t.equal(await program.exit, 0)
  t.ok(performance.now() - began < 6000, 'well before connections are cut')
})

/** Resolves once so many readers wait. */
async function untilWaiting(t: Test, url: string, expected: number): Promise<void> {
  for (;;) {
    const { body } = await call(`${url}/metrics`, 'GET', {})
    const [, count] = /^postern_revocation_readers (\d+)$/m.exec(body) ?? []
    if (count === undefined) t.bailout('no metrics')
    if (Number(count) === expected) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

t.test('a reader waits for longer than a silent connection may last', async (t) => {
  const { url } = await start(t)
  const { cursor } = await read(url)
  const began = performance.now()
  const { status, entries } = await read(url, `?cursor=${cursor}&wait=12`)
  t.same([status, entries], [200, []])
  t.ok(performance.now() - began >= 11_900)
})

t.test('cursors, revocations and verifiers go on over a kill of the service', async (t) => {
  const first = await start(t, { POSTERN_PORT: '0' })
  const verifier = follow(t, first.url)
  const [before, after, good] = [await signIn(first.url), await signIn(first.url), await signIn(first.url)]
  await verifier.verify(good)
  await call(`${first.url}/oauth/revoke`, 'POST', { token: before })
  const { cursor, entries } = await read(first.url)
  first.program.child.kill('SIGKILL')
  await first.program.exit
  const { port } = new URL(first.url)
  const { url } = await start(t, { POSTERN_PORT: port }, first.folder)
  t.same((await read(url)).entries, entries)
  await call(`${url}/oauth/revoke`, 'POST', { token: after })
  t.match(await read(url, `?cursor=${cursor}`), { status: 200, entries: [{ exp: Number }] })
  await untilRefused(verifier, after)
  await t.rejects(verifier.verify(before), { name: 'TokenRefusedError', reason: 'revoked' })
})

t.test('a verifier whose service is frozen trusts its last answer no longer than it may', async (t) => {
  const { url, program } = await start(t)
  const verifier = createVerifier({ url, mode: 'feed', client, maxStale: 1, whenStale: 'refuse' })
  t.teardown(() => verifier.close())
  const token = await signIn(url)
  await verifier.verify(token)
  program.child.kill('SIGSTOP')
  const began = performance.now()
  let error: { name?: string } = {}
  while (error.name === undefined) {
    error = await verifier.verify(token).then(
      () => ({}),
      (error: Error) => error
    )
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const trusted = performance.now() - began
  program.child.kill('SIGCONT')
  t.match(error, { name: 'PosternUnreachableError' })
  t.ok(trusted < 1500, `${trusted} ms`)
  while (!(await verifier.verify(token).catch(() => undefined))) await new Promise(setImmediate)
  t.pass('it recovers by itself')
})

t.test('a program with an open feed ends when it has nothing else to do', async (t) => {
  const { url } = await start(t)
  const token = await signIn(url)
  const script = `
    const { createVerifier } = require(${JSON.stringify(join(root, 'build/commonjs/verify.cjs'))})
    const options = ${JSON.stringify({ url, mode: 'feed', client })}
    createVerifier(options).verify(${JSON.stringify(token)}).then(({ user }) => console.log(user))`
  const { status, stdout } = run([process.execPath, '-e', script], root)
  t.same([status, stdout], [0, 'alice\n'])
})

/** The verifier in Python, asked about a token a line. */
function startPython(t: Test, url: string) {
  const file = join(root, 'examples/python/feed_verifier.py')
  const child: ChildProcessWithoutNullStreams = spawn(python, [file, url, client.id], {
    env: { PATH: process.env.PATH, POSTERN_SECRET: client.secret }
  })
  child.stderr.pipe(process.stderr)
  const ended = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return async (token: string): Promise<string> => {
    child.stdin.write(`${token}\n`)
    return (await lines.next()).value
  }
}

async function untilTold(
  verify: (token: string) => Promise<string>,
  token: string,
  expected: string
): Promise<void> {
  while ((await verify(token)) !== expected) await new Promise((resolve) => setTimeout(resolve, 5))
}

t.test('the verifier in Python sees what ends a token', { skip: noPython }, async (t) => {
  const { url, program } = await start(t)
  const verify = startPython(t, url)
  const [token, other, kept] = [await signIn(url), await signIn(url), await signIn(url)]
  for (const good of [token, other, kept]) t.equal(await verify(good), 'alice')
  t.equal(await verify(`${token.slice(0, -6)}AAAAAA`), 'InvalidSignatureError')
  await call(`${url}/oauth/revoke`, 'POST', { token })
  await untilTold(verify, token, 'InvalidTokenError')
  t.equal(await verify(other), 'alice')
  await call(`${url}/user`, 'PATCH', { pass: 'looking-glass' }, kept)
  await untilTold(verify, other, 'InvalidTokenError')
  t.equal(await verify(kept), 'alice')
  t.equal(await verify(await signIn(url, 'looking-glass')), 'alice')
  await stop(program)
  await untilTold(verify, kept, 'Stale')
  t.equal(await verify(token), 'InvalidTokenError', 'what has ended stays so')
})

/** A feed beside the keys of a service, which answers the questions with a cursor as the test says, one after the other. */
async function startFeed(t: Test, keysOf: string, answers: ((response: ServerResponse) => void)[]) {
  const asked: number[] = []
  const answerAll = (response: ServerResponse) => response.end(page([]))
  const server = createServer(async ({ url = '' }, response) => {
    if (!url.startsWith('/revocations')) {
      response.end(await (await fetch(`${keysOf}${url}`)).text())
      return
    }
    if (!url.includes('cursor=')) return answerAll(response)
    asked.push(performance.now())
    const answer = answers.shift()
    answer?.(response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close().closeAllConnections())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

function page(entries: object[]): string {
  return JSON.stringify({ cursor: 'a cursor', entries })
}

t.test(
  'the verifier in Python goes on after half an answer, and does not flood',
  { skip: noPython },
  async (t) => {
    const { url } = await start(t)
    const token = await signIn(url)
    const { jti, exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    const feed = await startFeed(t, url, [
      (response) => {
        response.writeHead(200, { 'content-length': 1000 }).write('{"cursor":', () => response.destroy())
      },
      (response) => response.end(page([])),
      (response) => response.end(page([{ jti, exp }]))
    ])
    const verify = startPython(t, feed.url)
    t.equal(await verify(token), 'alice')
    await untilTold(verify, token, 'InvalidTokenError')
    const [, empty = Number.NaN, next = Number.NaN] = feed.asked
    t.ok(next - empty > 900, 'half of the wait of two seconds')
  }
)

async function stop(program: Program): Promise<void> {
  program.child.kill('SIGTERM')
  await program.exit
}
