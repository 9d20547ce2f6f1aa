import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore } from '../../../src/store/open-store.js'
import type { StoreDump } from '../../../src/store/store.js'
import { cheap, temporaryFolder } from '../../support/helper.js'
import { databaseSettings } from '../../support/postgres-instances.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { call, Program, serve } from '../../support/process.js'
import { createSession, createUser, limits } from '../../support/records.js'

const accounts = 100_000
const signedIn = 20

/** The tokens of an account that were issued before. */
interface Tokens {
  readonly access: string
  readonly refresh: string
}

async function openFolder(folder: string) {
  return await openStore({ driver: 'file', folder }, { clock: Date.now, warn: () => {} })
}

/** Fills a data folder with accounts, each with a session. */
async function fill(folder: string): Promise<void> {
  const { store, close } = await openFolder(folder)
  const now = Math.floor(Date.now() / 1000)
  for (let made = 0; made < accounts; made += 5000) {
    const users = Array.from({ length: 5000 }, (_, index) => createUser(`filling-${made + index}`))
    await Promise.all(users.map((user) => store.createUser({ ...user, createdAt: now })))
    await Promise.all(users.map((user) => store.createSession(createSession(user), limits)))
  }
  await close()
}

/** Everything in a data folder, in order. */
async function dumpOf(folder: string): Promise<Partial<StoreDump>> {
  const { store, close } = await openFolder(folder)
  const { knownTime: _, ...records } = await store.dump()
  await close()
  return Object.fromEntries(Object.entries(records).map(([name, list]) => [name, list.map(canonical).sort()]))
}

/** A record as text, whatever the order of its members. */
function canonical(record: unknown): string {
  return JSON.stringify(record, (_, value: unknown) =>
    value instanceof Object && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value
  )
}

async function signIn(url: string, number: number): Promise<Tokens> {
  const account = { user: `signed-in-${number}`, pass: 'wonderland' }
  await call(`${url}/user`, 'POST', account)
  const { body: access } = await call(`${url}/token`, 'GET', account)
  const { body: refresh } = await call(`${url}/refresh_token`, 'GET', {}, access)
  return { access, refresh }
}

async function requireGood(t: Test, url: string, tokens: readonly Tokens[]): Promise<void> {
  const answers = await Promise.all(
    tokens.flatMap(({ access, refresh }) => [
      call(`${url}/check`, 'GET', { access_token: access }),
      call(`${url}/token`, 'GET', { user: refresh })
    ])
  )
  t.same(
    answers.filter(({ status }) => status !== 200),
    [],
    'nobody was logged out'
  )
}

async function stop({ child, exit }: Program): Promise<void> {
  child.kill('SIGTERM')
  await exit
}

const options = { skip: skipWithoutPostgres, timeout: 300_000 }
t.test('100,000 accounts are copied to a database and back, and nobody is logged out', options, async (t) => {
  const server = await startPostgres(t)
  const home = temporaryFolder(t)
  const url = await server.createDatabase('copied')
  const settings = { ...cheap, ...databaseSettings(url) }
  const start = (data: string) => serve(t, home, { POSTERN_DATA_DIR: data, POSTERN_LOG_LEVEL: 'warn' })

  async function copy(from: string, to: string): Promise<string> {
    const began = performance.now()
    const program = new Program(t, ['store', 'copy', '--from', from, '--to', to], settings, home)
    t.equal(await program.exit, 0, program.stderr)
    t.comment(`from ${from} to ${to}: ${Math.round(performance.now() - began)} ms`)
    return program.stdout
  }

  const before = start('data')
  const beforeUrl = await before.url()
  const tokens = await Promise.all(Array.from({ length: signedIn }, (_, number) => signIn(beforeUrl, number)))
  await stop(before)
  await fill(join(home, 'data'))

  t.match(await copy('file:data', 'postgres:'), `users: ${accounts + signedIn}`)
  const there = serve(t, home, databaseSettings(url))
  await requireGood(t, await there.url(), tokens)
  t.match(await copy('postgres:', 'file:back'), `users: ${accounts + signedIn}`)
  await stop(there)

  const back = start('back')
  await requireGood(t, await back.url(), tokens)
  await stop(back)
  const [first, last] = [await dumpOf(join(home, 'data')), await dumpOf(join(home, 'back'))]
  t.equal(last.sessions?.length, first.sessions?.length)
  // Not `same`, which would print them all.
  t.ok(String(last.users) === String(first.users), 'the accounts are the same')
})
