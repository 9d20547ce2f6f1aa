import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { temporaryFolder } from '../support/helper.js'
import { call, serve } from '../support/process.js'

const library = findLibrary()
const skip = library === undefined ? 'needs libfaketime' : false

const minute = 60
const day = 86_400
const alice = { user: 'alice', pass: 'wonderland' }

function findLibrary(): string | undefined {
  if (process.platform !== 'linux') return undefined
  return readdirSync('/usr/lib')
    .map((folder) => join('/usr/lib', folder, 'faketime/libfaketimeMT.so.1'))
    .find((path) => existsSync(path))
}

/** A clock for programs in this folder, which goes right until it is set by so many seconds from the right time. */
function createSystemClock(folder: string) {
  const file = join(folder, 'clock')
  const setTo = (seconds: number) => {
    // Renamed: a program must not find it half written.
    writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`)
    renameSync(`${file}.new`, file)
  }
  setTo(0)
  const environment = {
    LD_PRELOAD: library ?? '',
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    // Setting a machine's clock does not touch its monotonic one, by which timers go.
    DONT_FAKE_MONOTONIC: '1'
  }
  return { setTo, environment }
}

/** A service whose clock can be set, with a user and the tokens of one. */
async function startWithClock(t: Test, environment: Environment = {}) {
  const folder = temporaryFolder(t)
  const clock = createSystemClock(folder)
  const settings = { POSTERN_LOG_LEVEL: 'error', ...environment, ...clock.environment }
  const start = () => serve(t, folder, settings)
  const program = start()
  const url = await program.url()
  await call(`${url}/user`, 'POST', alice)
  const { body: token } = await call(`${url}/token`, 'GET', alice)
  const { body: refreshToken } = await call(`${url}/refresh_token`, 'GET', {}, token)
  return { clock, program, url, token, refreshToken, start }
}

/** What the tokens are good for at this setting of the clock. */
async function judge(url: string, token: string, refreshToken: string) {
  const { status, body } = await call(`${url}/check`, 'GET', { access_token: token })
  return {
    check: status === 200 ? 200 : JSON.parse(body).message,
    user: (await call(`${url}/user`, 'GET', {}, token)).status,
    refresh: (await call(`${url}/token`, 'GET', { user: refreshToken })).status
  }
}

const good = { check: 200, user: 200, refresh: 200 }
const expired = 'The token has expired.'
const notYet = 'The token is not valid yet.'

t.test(
  'a token is good from its iat to its exp, however the clock is set in between',
  { skip },
  async (t) => {
    const { clock, program, url, token, refreshToken } = await startWithClock(t)
    for (const [seconds, expected] of [
      [0, good],
      [50 * minute, good],
      [70 * minute, { check: expired, user: 204, refresh: 200 }],
      [50 * minute, good],
      [31 * day, { check: expired, user: 204, refresh: 400 }],
      [-minute, { check: notYet, user: 204, refresh: 400 }],
      [-31 * day, { check: notYet, user: 204, refresh: 400 }],
      [0, good]
    ] as const) {
      clock.setTo(seconds)
      t.same(await judge(url, token, refreshToken), expected, `at ${seconds} seconds`)
    }

    clock.setTo(day)
    const { body: early } = await call(`${url}/token`, 'GET', alice)
    t.equal((await judge(url, early, refreshToken)).check, 200)
    clock.setTo(0)
    t.equal((await judge(url, early, refreshToken)).check, notYet)
    clock.setTo(day + 70 * minute)
    t.equal((await judge(url, early, refreshToken)).check, expired)
    program.child.kill('SIGTERM')
    t.equal(await program.exit, 0)
  }
)

t.test(
  'a refresh token stays good, and a revoked one revoked, when the clock goes past its end and back, with a restart or without',
  { skip },
  async (t) => {
    const { clock, program, url, token, refreshToken, start } = await startWithClock(t)
    const { body: revoked } = await call(`${url}/refresh_token`, 'GET', {}, token)
    await call(`${url}/refresh_token`, 'DELETE', { refresh_token: revoked }, token)
    const refresh = (url: string, user: string) => call(`${url}/token`, 'GET', { user })
    const signUps = async (url: string, prefix: string) => {
      // Each change has the store look for what it need not know any more.
      for (const end of 'abcd') await call(`${url}/user`, 'POST', { user: `${prefix}-${end}`, pass: 'x' })
    }

    clock.setTo(31 * day)
    await signUps(url, 'ahead')
    for (const user of [refreshToken, revoked])
      t.match(await refresh(url, user), { status: 400, body: expired })
    clock.setTo(0)
    t.match(await refresh(url, refreshToken), { status: 200 })
    t.match(await refresh(url, revoked), { status: 400, body: 'The token has been revoked.' })

    clock.setTo(31 * day)
    program.child.kill('SIGTERM')
    t.equal(await program.exit, 0)
    const again = await start().url()
    await signUps(again, 'restarted')
    clock.setTo(0)
    t.match(await refresh(again, refreshToken), { status: 200 })
    t.match(await refresh(again, revoked), { status: 400, body: 'The token has been revoked.' })
  }
)

t.test(
  'whoever must wait after failed logins is let in once the clock was set back or past it',
  { skip },
  async (t) => {
    const { clock, url } = await startWithClock(t, { POSTERN_LOGIN_MAX_FAILURES: '3' })
    const signIn = async (pass: string) => {
      const query = new URLSearchParams({ ...alice, pass })
      const { status, headers } = await fetch(`${url}/token?${query}`)
      return { status, wait: Number(headers.get('retry-after')) }
    }
    for (const setting of [-day, -60 * day, 0, 16 * minute, day]) {
      for (const expected of [404, 404, 404, 429]) t.equal((await signIn('wrong')).status, expected)
      t.equal((await signIn(alice.pass)).status, 429)
      clock.setTo(setting)
      t.match(await signIn(alice.pass), { status: 200 }, `set to ${setting} seconds`)
    }

    // Set back by less than the wait has lasted, it may last that much longer.
    for (let failure = 0; failure < 3; failure += 1) await signIn('wrong')
    for (const [seconds, remaining] of [
      [10 * minute, 5 * minute],
      [5 * minute, 10 * minute]
    ] as const) {
      clock.setTo(day + seconds)
      const { status, wait } = await signIn(alice.pass)
      t.equal(status, 429)
      t.ok(wait > 0 && wait <= remaining, `waits for ${wait} seconds`)
    }
  }
)
