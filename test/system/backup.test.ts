import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as after } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openStore } from '../../src/store/open-store.js'
import type { StoreContent } from '../../src/store/store.js'
import { withArrays } from '../support/backups.js'
import { temporaryFolder } from '../support/helper.js'
import { bundled, call, run, serve } from '../support/process.js'
import { createUser } from '../support/records.js'

const adminKey = 'the-key-of-the-operator-of-these-tests'
const operated = { POSTERN_ADMIN: 'http', POSTERN_ADMIN_KEY: adminKey }
const skip = spawnSync('age', ['--version']).status === 0 ? false : 'needs age'

function postern(folder: string, ...args: string[]) {
  return run([process.execPath, bundled, ...args], folder)
}

/** Everything in the data folder of this folder, with which no service runs. */
async function dumpOf(folder: string) {
  const { store, close } = await openStore(
    { driver: 'file', folder: join(folder, 'data') },
    { clock: Date.now, warn: () => {} }
  )
  const dump = withArrays(await store.dump())
  await close()
  return dump
}

/** Fills the data folder of this folder. */
async function fill(folder: string, users: number): Promise<void> {
  const { store, close } = await openStore(
    { driver: 'file', folder: join(folder, 'data') },
    { clock: Date.now, warn: () => {} }
  )
  await Promise.all(
    Array.from({ length: users }, (_, index) => store.createUser(createUser(`first-${index}`)))
  )
  await close()
}

/** Asks for a backup, and reads nothing of it before `begin` has ended. */
async function download(url: string, begin: () => Promise<void> = async () => {}): Promise<Buffer> {
  const sent = request(`${url}/admin/backup`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}` }
  })
  sent.end()
  const [response] = await once(sent, 'response')
  await begin()
  if (response.statusCode !== 200) throw new Error(`${response.statusCode}`)
  return await buffer(response)
}

/** A change that a writer has begun, and when; `acknowledgedAt` once it was. */
interface Change {
  begunAt: number
  acknowledgedAt: number
}

/** The accounts of a writer after so many of its changes: display names by names. */
function accountsAfter(writer: number, changes: number): Map<string, string> {
  const accounts = new Map<string, string>()
  for (let index = 0; index < changes; index += 1) {
    const number = index - (index % 4)
    const name = `writer-${writer}-${number}`
    if (index % 4 === 0) accounts.set(name, 'new')
    else if (index % 4 === 1) accounts.set(name, 'changed')
    else if (index % 8 === 7) accounts.delete(`writer-${writer}-${number - 4}-renamed`)
    else if (index % 4 === 3) accounts.set(`${name}-renamed`, 'last')
    else {
      accounts.delete(name)
      accounts.set(`${name}-renamed`, 'changed')
    }
  }
  return accounts
}

// Enough that 200 changes a second need no faster an answer than 80 ms.
const writerCount = 16

/** Makes changes in the order of `accountsAfter`, as its part of 200 a second, until it is stopped. */
async function write(url: string, writer: number, changes: Change[], isOver: () => boolean): Promise<void> {
  const send = async (method: string, path: string, body?: object) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        ...(body && { 'content-type': 'application/json' })
      },
      ...(body && { body: JSON.stringify(body) })
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response.status === 204 ? {} : ((await response.json()) as { uid?: string })
  }
  let path = ''
  let former = ''
  let dueAt = performance.now()
  for (let index = 0; !isOver(); index += 1) {
    const change = { begunAt: performance.now(), acknowledgedAt: Number.POSITIVE_INFINITY }
    changes.push(change)
    const name = `writer-${writer}-${index - (index % 4)}`
    if (index % 4 === 0) {
      former = path
      path = `/admin/users/${(await send('POST', '/admin/users', { user: name, display_name: 'new' })).uid}`
    } else if (index % 4 === 1) await send('PATCH', path, { display_name: 'changed' })
    else if (index % 8 === 7) await send('DELETE', `${former}?purge=true`)
    else if (index % 4 === 3) await send('PATCH', path, { display_name: 'last' })
    else await send('PATCH', path, { user: `${name}-renamed` })
    change.acknowledgedAt = performance.now()
    dueAt += (writerCount * 1000) / 200
    await after(Math.max(0, dueAt - change.acknowledgedAt))
  }
}

/** The number of changes of a writer that a dump holds; undefined if it is the state after no number of them. */
function changesIn(dump: StoreContent, writer: number, changes: number): number | undefined {
  const prefix = `writer-${writer}-`
  const found = dump.users
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name, displayName }) => `${name} ${displayName}`)
    .sort()
    .join()
  for (let count = 0; count <= changes; count += 1) {
    const expected = [...accountsAfter(writer, count)].map(([name, displayName]) => `${name} ${displayName}`)
    if (expected.sort().join() === found) return count
  }
  return undefined
}

t.test(
  '20 backups under 200 changes a second are each the state of one moment, with all that was acknowledged',
  async (t) => {
    const folder = temporaryFolder(t)
    await fill(folder, 3000)
    const service = serve(t, folder, operated)
    const url = await service.url()
    const changes: Change[][] = Array.from({ length: writerCount }, () => [])
    const writingBegan = performance.now()
    let isOver = false
    const writers = changes.map((list, writer) => write(url, writer, list, () => isOver))
    const backups: { bytes: Buffer; begunAt: number }[] = []
    for (let round = 0; round < 20; round += 1) {
      await after(150)
      const begunAt = performance.now()
      // Changes go on while half of them are being read.
      backups.push({ begunAt, bytes: await download(url, () => after(round % 2 === 0 ? 0 : 200)) })
    }
    isOver = true
    await Promise.all(writers)
    const rate = changes.flat().length / ((performance.now() - writingBegan) / 1000)
    service.child.kill('SIGTERM')
    await service.exit
    t.comment(`${changes.flat().length} changes, ${Math.round(rate)} a second`)

    for (const [round, { bytes, begunAt }] of backups.entries()) {
      const restored = join(folder, String(round))
      mkdirSync(restored)
      writeFileSync(join(restored, 'backup'), bytes)
      t.match(postern(restored, 'restore', 'backup'), { status: 0 })
      const dump = await dumpOf(restored)
      const counts = changes.map((list, writer) => changesIn(dump, writer, list.length))
      t.notOk(
        counts.includes(undefined),
        `${round}: each writer's accounts are those after one of its changes`
      )
      const ends = changes.map((list, writer) => {
        const count = counts[writer] as number
        return { last: list[count - 1], next: list[count] }
      })
      const begun = Math.max(...ends.map(({ last }) => last?.begunAt ?? 0))
      const acknowledged = Math.min(
        ...ends.map(({ next }) => next?.acknowledgedAt ?? Number.POSITIVE_INFINITY)
      )
      t.ok(acknowledged > begunAt, `${round}: all that was acknowledged before it began is there`)
      t.ok(begun < acknowledged, `${round}: there is a moment at which all writers were there`)
    }
  }
)

t.test(
  'a restored service signs nobody out: tokens, sessions, revocations and keys are those of before',
  async (t) => {
    const [folder, other] = [temporaryFolder(t), temporaryFolder(t)]
    const service = serve(t, folder)
    const url = await service.url()
    const user = { user: 'alice', pass: 'wonderland' }
    t.equal((await call(`${url}/user`, 'POST', user)).status, 201)
    const { body: token } = await call(`${url}/token`, 'GET', user)
    const { body: refreshToken } = await call(`${url}/refresh_token`, 'GET', {}, token)
    const { body: revoked } = await call(`${url}/token`, 'GET', user)
    t.equal((await call(`${url}/oauth/revoke`, 'POST', { token: revoked })).status, 200)
    t.match(postern(folder, 'backup', join(other, 'backup')), {
      status: 0,
      stdout: /not encrypted/,
      stderr: ''
    })
    t.match(postern(folder, 'restore', join(other, 'backup')), {
      status: 4,
      stderr: /in use by another process/
    })
    service.child.kill('SIGTERM')
    await service.exit
    t.match(postern(folder, 'restore', join(other, 'backup')), { status: 2, stderr: /holds data already/ })

    t.match(postern(other, 'restore', 'backup'), {
      status: 0,
      stdout: /users: 1, sessions: 1, signing keys: 1/
    })
    const restored = await serve(t, other).url()
    t.equal((await call(`${restored}/check`, 'GET', {}, token)).status, 200)
    t.equal((await call(`${restored}/check`, 'GET', {}, revoked)).status, 400, 'it stays revoked')
    t.equal((await call(`${restored}/token`, 'GET', { user: refreshToken })).status, 200)
    t.equal((await call(`${restored}/token`, 'GET', user)).status, 200)
  }
)

t.test('age opens an encrypted backup, and what age has encrypted is restored', { skip }, async (t) => {
  const folder = temporaryFolder(t)
  await fill(folder, 500)
  run(['age-keygen', '-o', 'key'], folder)
  const [recipient = ''] = /age1\S+/.exec(readFileSync(join(folder, 'key'), 'utf8')) ?? []
  t.match(postern(folder, 'backup', '--recipient', recipient, 'backup.age'), { status: 0 })
  t.match(postern(folder, 'backup', 'backup'), { status: 0 })
  const opened = run(['age', '--decrypt', '--identity', 'key', 'backup.age'], folder)
  const records = (text: string) => text.split('\n').slice(1, -2)
  t.same(records(opened.stdout), records(readFileSync(join(folder, 'backup'), 'utf8')))

  run(['age', '--encrypt', '--recipient', recipient, '-o', 'by-age', 'backup'], folder)
  run(['age', '--encrypt', '--armor', '--recipient', recipient, '-o', 'armoured', 'backup'], folder)
  const expected = await dumpOf(folder)
  for (const file of ['backup.age', 'by-age']) {
    const other = temporaryFolder(t)
    const options = ['--identity', join(folder, 'key')]
    t.match(postern(other, 'restore', join(folder, file)), { status: 2, stderr: /--identity/ })
    t.match(postern(other, 'restore', join(folder, file), ...options), { status: 0 }, file)
    t.same((await dumpOf(other)).users, expected.users)
  }
  const armoured = postern(
    temporaryFolder(t),
    'restore',
    join(folder, 'armoured'),
    '--identity',
    join(folder, 'key')
  )
  t.match(armoured, { status: 3, stderr: /armoured: pipe it through age --decrypt/ })
})

t.test(
  'a client that reads nothing for longer than other calls may take gets the whole backup',
  async (t) => {
    const folder = temporaryFolder(t)
    // More than the buffers of a connection take.
    await fill(folder, 60_000)
    const url = await serve(t, folder, operated).url()
    const bytes = await download(url, () => after(14_000))
    t.match(bytes.subarray(-78).toString(), /^\{"sha256":"[0-9a-f]{64}"\}\n$/)
  }
)

t.test('a backup that is cut off is told, and leaves no file', async (t) => {
  const folder = temporaryFolder(t)
  await fill(folder, 60_000)
  const service = serve(t, folder, operated)
  await service.url()
  const backup = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, bundled, 'backup', '-'], {
    cwd: folder
  })
  t.teardown(() => backup.kill('SIGKILL'))
  const ended = once(backup, 'exit')
  // The pipe is full after a while, and is read no more.
  await once(backup.stdout, 'readable')
  service.child.kill('SIGKILL')
  await service.exit
  const [, said] = await Promise.all([buffer(backup.stdout), buffer(backup.stderr)])
  t.match(await ended, [1])
  t.match(said.toString(), /was cut off/)
})

t.test(
  'a restore that is killed at any time leaves a folder that no service starts on, or the whole backup',
  async (t) => {
    const folder = temporaryFolder(t)
    await fill(folder, 20_000)
    t.match(postern(folder, 'backup', 'backup'), { status: 0 })
    const states = new Set<string>()
    const whole = await timeOf(t, folder)
    for (let round = 0; round < 30; round += 1) {
      const other = temporaryFolder(t)
      const child = startRestore(folder, other)
      const ended = once(child, 'exit')
      // Half of the time goes by before anything is written.
      await after(whole * (0.5 + Math.random() * 0.5))
      child.kill('SIGKILL')
      await ended
      const names = existsSync(join(other, 'data')) ? readdirSync(join(other, 'data')) : []
      const hasData = names.includes('users.json') || names.includes('keys.json')
      const isMarked = names.includes('restore-unfinished')
      states.add(`${isMarked ? 'marked' : 'not marked'} ${hasData ? 'with' : 'without'} data`)
      if (isMarked) {
        t.match(postern(other, 'user', 'list', '--limit', '1'), {
          status: 3,
          stderr: /postern restore once more/
        })
      }
      if (isMarked || !hasData) t.match(postern(other, 'restore', join(folder, 'backup')), { status: 0 })
      t.equal((await dumpOf(other)).users.length, 20_000)
      t.ok(existsSync(join(other, 'data/keys.json')))
    }
    t.comment([...states].join(' | '))
  }
)

function startRestore(folder: string, cwd: string) {
  const command = ['-u', 'NODE_OPTIONS', process.execPath, bundled, 'restore', join(folder, 'backup')]
  return spawn('env', command, { cwd, stdio: 'ignore' })
}

/** How long a restore takes here, in milliseconds. */
async function timeOf(t: Test, folder: string): Promise<number> {
  const begun = performance.now()
  await once(startRestore(folder, temporaryFolder(t)), 'exit')
  return performance.now() - begun
}
