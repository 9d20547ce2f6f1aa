import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { exitCodes } from '../../src/errors/startup-error.js'
import { createServer } from '../../src/server/server.js'
import { createApp, signInWithCode, signUpWithFactor } from '../support/factors.js'
import { bearer, cheap, createClock, startService, temporaryFolder } from '../support/helper.js'

const createKey = () => randomBytes(32).toString('base64')
const adminKey = 'k'.repeat(32)
const admin = { POSTERN_ADMIN: 'http', POSTERN_ADMIN_KEY: adminKey }

function filed(t: Test): Environment {
  return { POSTERN_STORE: 'file', POSTERN_DATA_DIR: temporaryFolder(t), ...admin }
}

/** All that the files of a data folder hold. */
function contentOf({ POSTERN_DATA_DIR: folder = '' }: Environment): string {
  const names = readdirSync(folder).filter((name) => /^users/.test(name))
  return names.map((name) => readFileSync(join(folder, name), 'latin1')).join('\n')
}

/** Starts a service again on the same folder, at a later time. */
async function restart(t: Test, environment: Environment, passed: number) {
  const service = await startService(t, environment)
  service.clock.advance(passed)
  return service
}

t.test('without a storage key a secret lies in the folder as it is, and a backup has it, too', async (t) => {
  const folder = filed(t)
  const { app, clock } = await startService(t, folder)
  const { secret } = await signUpWithFactor(app, clock)
  const backup = await app.inject({
    method: 'POST',
    url: '/admin/backup',
    headers: bearer(adminKey),
    payload: {}
  })
  t.ok(backup.body.includes(secret))
  await app.close()
  t.ok(contentOf(folder).includes(secret))
})

t.test('with a storage key no secret is in the folder, and a backup has it in the clear', async (t) => {
  const folder = { ...filed(t), POSTERN_STORAGE_KEY: createKey() }
  const { app, clock } = await startService(t, folder)
  const { secret, otp } = await signUpWithFactor(app, clock)
  t.ok(await signInWithCode(app, otp()))
  const backup = await app.inject({
    method: 'POST',
    url: '/admin/backup',
    headers: bearer(adminKey),
    payload: {}
  })
  t.equal(backup.statusCode, 200)
  t.ok(backup.body.includes(secret))
  await app.close()
  t.notOk(contentOf(folder).includes(secret))
  t.ok(contentOf(folder).includes('"secondFactor":{"secret":"v1:'))
})

t.test(
  'a storage key is set, changed and found in a file, and each start encrypts under the newest',
  async (t) => {
    const folder = filed(t)
    const first = await startService(t, folder)
    const { secret, otp } = await signUpWithFactor(first.app, first.clock)
    await first.app.close()

    const [one, two] = [createKey(), createKey()]
    const file = join(temporaryFolder(t), 'key')
    writeFileSync(file, `${two},${one}\n`)
    let passed = first.clock.uptime() / 1000
    for (const keys of [
      { POSTERN_STORAGE_KEY: one },
      { POSTERN_STORAGE_KEY_FILE: file },
      { POSTERN_STORAGE_KEY: two }
    ]) {
      const { app, clock } = await restart(t, { ...folder, ...keys }, passed)
      await app.close()
      t.notOk(contentOf(folder).includes(secret))
      passed = clock.uptime() / 1000
    }
    const { app, clock } = await restart(t, { ...folder, POSTERN_STORAGE_KEY: two }, passed)
    t.ok(otp())
    t.ok(await signInWithCode(app, createApp(secret, clock)()))
  }
)

t.test('a start without the key that opens what is there says so, and changes nothing', async (t) => {
  const folder = filed(t)
  const { app, clock } = await startService(t, { ...folder, POSTERN_STORAGE_KEY: createKey() })
  await signUpWithFactor(app, clock)
  await app.close()
  for (const wrong of [{}, { POSTERN_STORAGE_KEY: createKey() }]) {
    const server = createServer({ environment: { ...cheap, ...folder, ...wrong }, clock: createClock() })
    await t.rejects(async () => await server.ready(), {
      exitCode: exitCodes.wrongSetting,
      message: /^POSTERN_STORAGE_KEY does not open the second factors that are kept/
    })
    await server.close()
  }
})

t.test('a storage key of another form is refused, and not told', async (t) => {
  const file = join(temporaryFolder(t), 'key')
  writeFileSync(file, 'short')
  const key = createKey()
  for (const wrong of [
    { POSTERN_STORAGE_KEY: 'short' },
    { POSTERN_STORAGE_KEY: `${key},${key},${key}` },
    { POSTERN_STORAGE_KEY_FILE: file },
    { POSTERN_STORAGE_KEY: key, POSTERN_STORAGE_KEY_FILE: file }
  ]) {
    const start = async () => {
      const server = createServer({ environment: { ...cheap, ...wrong }, clock: createClock() })
      t.teardown(async () => await server.close())
      await server.ready()
    }
    const error = await start().then(
      () => t.fail('it starts'),
      (error: Error) => error
    )
    t.match(error, { exitCode: exitCodes.wrongSetting, message: /^POSTERN_STORAGE_KEY/ })
    t.notMatch(String(error), key)
    t.notMatch(String(error), 'short')
  }
})
