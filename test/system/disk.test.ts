import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { storedNames, temporaryFolder } from '../support/helper.js'
import { cannotMount, type Mounts, mount } from '../support/mounts.js'
import { call, type Program, readiness, serve } from '../support/process.js'

const pass = 'wonderland'

function serveOn(t: Test, mounts: Mounts): Program {
  const settings = { POSTERN_DATA_DIR: mounts.data, POSTERN_LOG_LEVEL: 'error' }
  return serve(t, temporaryFolder(t), settings, { under: mounts.under })
}

const signUp = (url: string, user: string) => call(`${url}/user`, 'POST', { user, pass })
const signIn = (url: string, user: string) => call(`${url}/token`, 'GET', { user, pass })

interface Tokens {
  token: string
  refreshToken: string
}

/** Tokens of the user's, one of each type. */
async function issueTokens(url: string, user: string): Promise<Tokens> {
  const { body: token } = await signIn(url, user)
  const { body: refreshToken } = await call(`${url}/refresh_token`, 'GET', {}, token)
  return { token, refreshToken }
}

const statusOf = async (reply: Promise<{ status: number }>) => (await reply).status

/** Makes users until one is refused: what was allotted to the journal before the fault still takes some. */
async function signUpUntilRefused(url: string) {
  const made: string[] = []
  for (let number = 0; number < 100; number += 1) {
    const user = String(number).padEnd(255, '.')
    const { status, body } = await signUp(url, user)
    if (status !== 201) return { made, user, status, body }
    made.push(user)
  }
  throw new Error('no sign-up was refused')
}

/** What those are told who only read, and those who begin a session, with an access and a refresh token of the user's. */
async function readings(url: string, user: string, { token, refreshToken }: Tokens) {
  return {
    version: await statusOf(call(`${url}/version`, 'GET', {})),
    check: await statusOf(call(`${url}/check`, 'GET', { access_token: token })),
    user: await statusOf(call(`${url}/user`, 'GET', {}, token)),
    token: await statusOf(signIn(url, user)),
    refresh: await statusOf(call(`${url}/token`, 'GET', { user: refreshToken })),
    session: await statusOf(call(`${url}/refresh_token`, 'GET', {}, token)),
    live: await statusOf(call(`${url}/health/live`, 'GET', {})),
    ready: await statusOf(call(`${url}/health/ready`, 'GET', {}))
  }
}

const whileNothingCanBeStored = {
  version: 200,
  check: 200,
  user: 200,
  token: 200,
  refresh: 200,
  session: 503,
  live: 200,
  ready: 503
}

const storedAgain = { ...whileNothingCanBeStored, session: 200, ready: 200 }

for (const [kind, fault] of [
  ['small', /ENOSPC: no space left on device, write/],
  ['overcommitted', /ENOSPC: no space left on device, f(data)?sync/]
] as const) {
  t.test(
    `when a disk turns out to be full (${fault.source}), changes are told as 503 and did not happen, all else goes on, and room brings the rest back`,
    { skip: cannotMount(kind) },
    async (t) => {
      const mounts = await mount(t, kind)
      const program = serveOn(t, mounts)
      const url = await program.url()
      await signUp(url, 'carol')
      const tokens = await issueTokens(url, 'carol')
      const filler = mounts.path(join(mounts.disk, 'filler'))
      t.throws(() => writeFileSync(filler, Buffer.alloc(2 * 1024 * 1024)), { code: 'ENOSPC' })

      const { made, user, status, body } = await signUpUntilRefused(url)
      t.match([status, JSON.parse(body)], [503, { error_name: 'StoreUnavailableError' }])
      await program.logged(fault)
      t.equal(await statusOf(signIn(url, user)), 404)
      t.equal(await statusOf(call(`${url}/user`, 'PATCH', { pass: 'other' }, tokens.token)), 503)
      t.same(await readings(url, 'carol', tokens), whileNothingCanBeStored)

      rmSync(filler)
      await readiness(url)
      t.equal(await statusOf(signUp(url, user)), 201)
      t.same(await readings(url, 'carol', tokens), storedAgain)

      program.child.kill('SIGKILL')
      await program.exit
      const again = await serveOn(t, mounts).url()
      for (const name of ['carol', user, ...made]) t.equal(await statusOf(signIn(again, name)), 200)
    }
  )
}

t.test(
  'when the folder becomes read-only, changes are told as 503 and all else goes on until it can be written to again',
  { skip: cannotMount('bound') },
  async (t) => {
    const mounts = await mount(t, 'bound')
    const setUp = serveOn(t, mounts)
    const setUpUrl = await setUp.url()
    await signUp(setUpUrl, 'carol')
    const tokens = await issueTokens(setUpUrl, 'carol')
    setUp.child.kill('SIGTERM')
    t.equal(await setUp.exit, 0)

    // No journal is open for writing then, which would forbid the remount.
    const program = serveOn(t, mounts)
    const url = await program.url()
    const before = storedNames(mounts.path(mounts.data))
    mounts.run('mount', '-o', 'remount,ro,bind', mounts.data)
    t.match(await signUp(url, 'alice'), { status: 503, body: '"error_name":"StoreUnavailableError"' })
    await program.logged('EROFS')
    t.equal(await statusOf(signIn(url, 'alice')), 404)
    t.same(await readings(url, 'carol', tokens), whileNothingCanBeStored)
    t.same(storedNames(mounts.path(mounts.data)), before)

    mounts.run('mount', '-o', 'remount,rw,bind', mounts.data)
    await readiness(url)
    t.equal(await statusOf(signUp(url, 'alice')), 201)
    t.same(await readings(url, 'alice', tokens), storedAgain)
    program.child.kill('SIGTERM')
    t.equal(await program.exit, 0)

    mounts.run('mount', '-o', 'remount,ro,bind', mounts.data)
    const refused = serveOn(t, mounts)
    t.equal(await refused.exit, 5)
    t.match(refused.stderr, /^postern: the data folder \S+ cannot be written to \(EROFS\)[^\n]+\n$/)
  }
)

t.test(
  'when the open journal becomes immutable, changes are told as 503 and all else goes on until it is not any more',
  { skip: cannotMount('overcommitted') },
  async (t) => {
    const mounts = await mount(t, 'overcommitted')
    const program = serveOn(t, mounts)
    const url = await program.url()
    await signUp(url, 'carol')
    const tokens = await issueTokens(url, 'carol')
    const journal = join(mounts.data, 'users.1.journal')
    mounts.run('chattr', '+i', journal)
    t.match(await signUp(url, 'alice'), { status: 503, body: '"error_name":"StoreUnavailableError"' })
    await program.logged('EPERM')
    t.equal(await statusOf(signIn(url, 'alice')), 404)
    t.same(await readings(url, 'carol', tokens), whileNothingCanBeStored)

    mounts.run('chattr', '-i', journal)
    await readiness(url)
    t.equal(await statusOf(signUp(url, 'alice')), 201)
    program.child.kill('SIGKILL')
    await program.exit
    const again = await serveOn(t, mounts).url()
    for (const name of ['carol', 'alice']) t.equal(await statusOf(signIn(again, name)), 200)
  }
)
