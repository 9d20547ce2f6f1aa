import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import t from 'tap'
import type { ScheduledKey } from '../../src/keys/key-ring.js'
import { retireKey, rotateKeys } from '../../src/keys/key-rotation.js'
import { openKeySource } from '../../src/keys/key-source.js'
import { createKeyFile } from '../../src/store/file/key-file.js'
import { createMemoryKeys } from '../../src/store/memory-keys.js'
import { createClock, start, startService, temporaryFolder } from '../support/helper.js'

const now = start / 1000
const day = 86_400
const settings = {
  algorithm: 'ES256',
  publishAhead: 300,
  rotationPeriod: 90 * day,
  tokenTtl: 30 * day
} as const

t.test(
  'a key is due after so many days, signs after a while, and the old one goes with its last token',
  async (t) => {
    const [clock, folder] = [createClock(), temporaryFolder(t)]
    const options = { ...settings, tokenTtl: 10 * day }
    const source = await openKeySource(options, createKeyFile(folder), clock, clock.uptime)
    t.match(source.keys, [{ signsFrom: 0, madeAt: now }])
    t.equal(await source.refresh(), undefined)

    clock.advance(90 * day - 1)
    t.equal(await source.refresh(), undefined)
    clock.advance(1)
    const due = now + 90 * day
    t.match(await source.refresh(), [source.keys[0], { signsFrom: due + 300, madeAt: due }])
    t.equal(await source.refresh(), undefined)

    clock.advance(10 * day + 301)
    t.equal(await source.refresh(), undefined)
    clock.advance(1)
    t.match(await source.refresh(), [{ signsFrom: due + 300 }])
    t.equal(JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')).keys.length, 1, 'in the file, too')
    t.match((await openKeySource(options, createKeyFile(folder), clock)).keys, [{ signsFrom: due + 300 }])
  }
)

t.test('keys that are kept nowhere are due as well', async (t) => {
  const clock = createClock()
  const source = await openKeySource(settings, createMemoryKeys(), clock)
  clock.advance(90 * day)
  t.match(await source.refresh(), [source.keys[0], { signsFrom: now + 90 * day + 300 }])
  t.equal(await source.refresh(), undefined)
})

t.test('R12: keys that are kept nowhere can be replaced, also while a new one is made', async (t) => {
  const clock = createClock()
  const source = await openKeySource(settings, createMemoryKeys(), clock)
  clock.advance(90 * day)
  const refreshing = source.refresh()
  await new Promise<void>((resolve) => resolve())
  source.replace(source.keys)
  await refreshing
  source.replace(source.keys)
  t.match(await source.refresh(), { length: 2 })
  source.replace(source.keys)
  t.match(await source.refresh(), { length: 2 }, 'and are due again')
})

t.test('R12: keys of a data folder stay', async (t) => {
  const [clock, folder] = [createClock(), temporaryFolder(t)]
  const source = await openKeySource(settings, createKeyFile(folder), clock)
  clock.advance(90 * day)
  t.match(await source.refresh(), { length: 2 })
  source.replace(source.keys)
  t.equal(await source.refresh(), undefined)
})

t.test(
  'M7: a clock that is ahead for a while has no key dropped, and none in its way afterwards',
  async (t) => {
    const [clock, folder] = [createClock(), temporaryFolder(t)]
    const options = { ...settings, rotationPeriod: 30 * day, tokenTtl: 10 * day }
    const source = await openKeySource(options, createKeyFile(folder), clock, clock.uptime)
    clock.advance(30 * day)
    const rotated = (await source.refresh()) ?? []
    t.equal(rotated.length, 2)

    clock.set(40 * day)
    const ahead = (await source.refresh()) ?? []
    t.same(ahead.slice(0, 2), rotated, 'those that verify are still there')
    clock.set(-40 * day)
    t.equal(await source.refresh(), undefined)
    clock.advance(30 * day)
    const again = (await source.refresh()) ?? []
    t.match(
      again.at(-1),
      { madeAt: now + 60 * day, signsFrom: now + 60 * day + 300 },
      'a rotation comes when it is due'
    )
    t.notOk(
      again.some(({ signsFrom }) => signsFrom > now + 61 * day),
      'in the place of the key from the future'
    )
  }
)

t.test('M7: nor does a clock that is ahead for a while drop a key that is kept nowhere', async (t) => {
  const { app, clock } = await startService(t, {
    POSTERN_KEY_ROTATION_DAYS: '7',
    POSTERN_KEY_PUBLISH_AHEAD: '0'
  })
  const first = app.keys.signing
  const untilRotated = async () => {
    const { signing } = app.keys
    const known = app.keys.scheduled.length
    while (app.keys.signing === signing && app.keys.scheduled.length <= known) await after(20)
  }
  clock.advance(7 * day)
  await untilRotated()
  clock.set(40 * day)
  await untilRotated()
  clock.set(-40 * day)
  clock.advance(7 * day)
  await untilRotated()
  t.ok(
    app.keys.scheduled.some(({ key }) => key.kid === first.kid),
    'its tokens are good for 30 days'
  )
})

t.test('without the setting no key is ever due', async (t) => {
  const [clock, folder] = [createClock(), temporaryFolder(t)]
  const source = await openKeySource({ ...settings, rotationPeriod: 0 }, createKeyFile(folder), clock)
  clock.advance(3650 * day)
  t.equal(await source.refresh(), undefined)
})

t.test(
  'what another process has made of the file is taken up, and a damaged one leaves the keys as they are',
  async (t) => {
    const [clock, folder] = [createClock(), temporaryFolder(t)]
    const file = createKeyFile(folder)
    const source = await openKeySource(settings, file, clock)
    const options = { algorithm: 'ES256', now, publishAhead: 300 } as const
    const rotated = await file.change((keys) => rotateKeys(keys, options))
    t.same(await source.refresh(), rotated)
    t.equal(await source.refresh(), undefined)

    const path = join(folder, 'keys.json')
    const text = readFileSync(path, 'utf8')
    for (const content of ['', '{"keys":[]}']) {
      writeFileSync(path, content)
      await t.rejects(source.refresh(), /keys\.json/)
      t.equal(await source.refresh(), undefined, 'it is told once')
      t.equal(readFileSync(path, 'utf8'), content)
    }
    rmSync(path)
    await t.rejects(source.refresh(), /keys\.json/)
    t.equal(await source.refresh(), undefined, 'nor is a missing one told of twice')
    writeFileSync(`${path}.new`, text)
    renameSync(`${path}.new`, path)
    t.equal(await source.refresh(), undefined, 'these are the keys in use')
    const [old] = rotated
    const kid = old?.key.kid ?? ''
    await file.change((keys) => retireKey(keys, kid, { algorithm: 'ES256', now }))
    t.match(await source.refresh(), [{ key: rotated[1]?.key, signsFrom: now }])
  }
)

t.test(
  'a change that could not be read is read at the next look, and its failure is told once',
  async (t) => {
    const clock = createClock()
    const memory = createMemoryKeys()
    let [fingerprint, isAway] = ['1', false]
    const storage = {
      ...memory,
      fingerprint: async () => fingerprint,
      read: () => (isAway ? Promise.reject(new Error('away')) : memory.read())
    }
    const source = await openKeySource(settings, storage, clock)
    t.equal(await source.refresh(), undefined)
    const rotated = await memory.change((keys) =>
      rotateKeys(keys, { algorithm: 'ES256', now, publishAhead: 300 })
    )
    ;[fingerprint, isAway] = ['2', true]
    await t.rejects(source.refresh(), /away/)
    t.equal(await source.refresh(), undefined)
    isAway = false
    t.same(await source.refresh(), rotated)
    t.equal(await source.refresh(), undefined)
  }
)

t.test(
  'a new key that cannot be kept is tried again after a minute, and changes are taken up meanwhile',
  async (t) => {
    const clock = createClock()
    const memory = createMemoryKeys()
    let [fingerprint, tries] = ['1', 0]
    const storage = {
      ...memory,
      fingerprint: async () => fingerprint,
      async change(): Promise<never> {
        tries += 1
        throw new Error('read-only')
      }
    }
    const source = await openKeySource(settings, storage, clock)
    clock.advance(90 * day)
    await t.rejects(source.refresh(), /read-only/)
    t.equal(await source.refresh(), undefined)
    t.equal(tries, 1)
    const [first] = source.keys
    const other = [{ ...(first as ScheduledKey), signsFrom: 7 }]
    memory.replace(other)
    fingerprint = '2'
    t.same(await source.refresh(), other)
    t.equal(await source.refresh(), undefined)
    t.equal(tries, 1)
  }
)

t.test('changes of the file at the same time are made one after the other', async (t) => {
  const [clock, folder] = [createClock(), temporaryFolder(t)]
  await openKeySource({ ...settings, rotationPeriod: 0 }, createKeyFile(folder), clock)
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () =>
      createKeyFile(folder).change((keys) => rotateKeys(keys, { algorithm: 'ES256', now, publishAhead: 300 }))
    )
  )
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  t.equal((await createKeyFile(folder).change((keys) => keys)).length, 2)
})
