import t from 'tap'
import { createKeyFreshness } from '../../src/keys/key-freshness.js'
import { createKeyRing, type ScheduledKey } from '../../src/keys/key-ring.js'
import { rotateKeys } from '../../src/keys/key-rotation.js'
import { openKeySource } from '../../src/keys/key-source.js'
import { createMemoryKeys } from '../../src/store/memory-keys.js'
import { createClock, start } from '../support/helper.js'

const now = start / 1000
const settings = { algorithm: 'ES256', publishAhead: 300, rotationPeriod: 0, tokenTtl: 3600 } as const
const rotate = (keys: readonly ScheduledKey[]) =>
  rotateKeys(keys, { algorithm: 'ES256', now, publishAhead: 0 })
const away = { name: 'StoreUnavailableError', statusCode: 503 }

/** The freshness of keys of a storage that others change, of which nothing is heard. */
async function openFreshness() {
  const memory = createMemoryKeys()
  const state = { isOld: false, isAway: false, reads: 0, uptime: 0 }
  const storage = {
    ...memory,
    async read() {
      state.reads += 1
      if (state.isAway) throw new Error('away')
      const keys = await memory.read()
      state.isOld = false
      return keys
    },
    watch: () => ({ isCurrent: () => !state.isOld, mustRead: () => state.isOld })
  }
  const clock = createClock()
  const source = await openKeySource(settings, storage, clock)
  const ring = createKeyRing(source.keys, settings.tokenTtl, clock)
  const freshness = createKeyFreshness({ source, ring, adopt: ring.replace, uptime: () => state.uptime })
  return { memory, state, ring, source, freshness }
}

t.test('keys that may be too old are read before a token is judged by them', async (t) => {
  const { memory, state, ring, freshness } = await openFreshness()
  t.equal(freshness.requireCurrent(), undefined, 'those that are not cost no read')
  const [first, second] = await memory.change(rotate)
  await memory.change(() => [second as ScheduledKey])
  state.isOld = true
  t.notOk(freshness.isCurrent())
  await freshness.requireCurrent()
  t.notOk(ring.knows(String(first?.key.kid)), 'a retired key is gone')
  t.ok(freshness.isCurrent())
  t.equal(state.reads, 1)
})

t.test('no token is judged while keys that may be too old cannot be read', async (t) => {
  const { state, freshness } = await openFreshness()
  Object.assign(state, { isOld: true, isAway: true })
  await t.rejects(Promise.resolve(freshness.requireCurrent()), away)
  state.isAway = false
  await freshness.requireCurrent()
  t.equal(freshness.requireCurrent(), undefined)
})

t.test('a key that is not known is looked for, at most once a second', async (t) => {
  const { memory, state, ring, freshness } = await openFreshness()
  t.equal(freshness.requireKnown(ring.signing.kid), undefined)
  t.equal(freshness.requireKnown(undefined), undefined)
  const kid = String((await memory.change(rotate)).at(-1)?.key.kid)
  await Promise.all([freshness.requireKnown(kid), freshness.requireKnown('forged')])
  t.ok(ring.knows(kid))
  t.equal(state.reads, 1, 'one read for all')
  t.equal(freshness.requireKnown('forged'), undefined)
  state.uptime = 1000
  await freshness.requireKnown('forged')
  t.equal(state.reads, 2)
  Object.assign(state, { uptime: 2000, isAway: true })
  await t.rejects(Promise.resolve(freshness.requireKnown('forged')), away)
  await t.rejects(Promise.resolve(freshness.requireKnown('forged')), away, 'a failed look is none')
})

t.test('an answer that was overtaken by a newer one undoes nothing', async (t) => {
  const memory = createMemoryKeys()
  let held: Promise<void> | undefined
  const storage = {
    ...memory,
    async read() {
      const keys = await memory.read()
      await held
      return keys
    }
  }
  const source = await openKeySource(settings, storage, createClock())
  let release = () => {}
  held = new Promise((resolve) => {
    release = resolve
  })
  const older = source.readThrough()
  held = undefined
  const rotated = await memory.change(rotate)
  t.same(await source.readThrough(), rotated)
  release()
  t.equal(await older, undefined, 'it is read again')
})
