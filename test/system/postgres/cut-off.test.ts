import { setTimeout as after } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Environment } from '../../../src/config/environment.js'
import {
  type Check,
  type CheckedToken,
  check,
  checkUntil,
  createCheckedToken
} from '../../support/checked-tokens.js'
import { startInstance, startProxiedInstance } from '../../support/postgres-instances.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { startTcpProxy } from '../../support/tcp-proxy.js'

// In milliseconds, the default of POSTERN_DATABASE_MAX_STALE.
const maxStale = 1000
const frozenFor = 5000

/** Makes an instance know a token, so that it answers from memory. */
async function remember(url: string, token: CheckedToken): Promise<void> {
  for (let count = 0; count < 3; count += 1) {
    const { status } = await check(url, token)
    if (status !== 200) throw new Error(`a good token was answered ${status}`)
  }
}

/** How long after the acknowledgement the last check was sent that was answered 200; 0 if none was. */
function lastAccepted(checks: readonly Check[], acknowledged: number): number {
  const accepted = checks.filter(({ status }) => status === 200).map(({ sent }) => sent - acknowledged)
  return Math.max(0, ...accepted)
}

t.test(
  'an instance of the program is never staler than it may be',
  { skip: skipWithoutPostgres },
  async (t) => {
    const server = await startPostgres(t)

    /** An instance that makes the changes, and one behind a proxy that is to hear of them. */
    async function startTwo(t: Test, name: string, settings: Environment = {}) {
      const url = await server.createDatabase(name)
      const one = await startInstance(t, url, settings)
      return { url, one: one.url, other: await startProxiedInstance(t, url, settings) }
    }

    for (const way of ['blackHole', 'cut'] as const) {
      const title = way === 'cut' ? 'that has lost its connections' : 'to which nothing comes through'
      t.test(`one ${title} refuses a token that was ended within the bound`, async (t) => {
        const { one, other } = await startTwo(t, way.toLowerCase())
        const { proxy, instance } = other
        const token = await createCheckedToken(one)
        await remember(instance.url, token)
        proxy.blackHole()
        if (way === 'cut') proxy.cut()
        const acknowledged = await token.end()
        const checks = await checkUntil(instance.url, token, 503)
        t.ok(lastAccepted(checks, acknowledged) <= maxStale)
        const later = await Promise.all(Array.from({ length: 5 }, () => check(instance.url, token)))
        t.same(new Set(later.map(({ status }) => status)), new Set([503]), 'and does not come back to it')
        proxy.heal()
        const healed = await checkUntil(instance.url, token, 400)
        t.equal(lastAccepted(healed, acknowledged), 0, 'nor when it is back')
      })
    }

    t.test('one whose notifications are lost reads the database, and refuses within the bound', async (t) => {
      const url = await server.createDatabase('deaf')
      const one = await startInstance(t, url)
      const listening = new URL(url)
      const proxy = await startTcpProxy(t, server.port)
      listening.port = String(proxy.port)
      const other = await startInstance(t, url, { POSTERN_DATABASE_DIRECT_URL: String(listening) })
      for (let round = 0; round < 2; round += 1) {
        const token = await createCheckedToken(one.url)
        await remember(other.url, token)
        if (round === 0) proxy.blackHole()
        const acknowledged = await token.end()
        const checks = await checkUntil(other.url, token, 400)
        t.same(
          checks.filter(({ status }) => status !== 200 && status !== 400),
          [],
          'and stays available'
        )
        t.ok(lastAccepted(checks, acknowledged) <= maxStale)
      }
    })

    t.test('one that was frozen gives fresh answers, the first ones as well', async (t) => {
      const { one, other } = await startTwo(t, 'frozen')
      const { instance } = other
      const tokens = await Promise.all(Array.from({ length: 10 }, () => createCheckedToken(one)))
      for (const token of tokens) await remember(instance.url, token)
      const answers: Promise<Check>[] = []
      let isFrozen = false
      // Some are under way when it is frozen.
      const sending = async (token: CheckedToken) => {
        while (!isFrozen) {
          const answer = check(instance.url, token)
          answers.push(answer)
          await Promise.race([answer, after(50)])
        }
      }
      const senders = tokens.map(sending)
      await after(200)
      instance.freeze()
      await after(200)
      await Promise.all(tokens.map((token) => token.end()))
      isFrozen = true
      await Promise.all(senders)
      for (const token of tokens) answers.push(check(instance.url, token))
      await after(frozenFor)
      const thawed = performance.now()
      instance.thaw()
      for (const token of tokens) answers.push(check(instance.url, token))
      const late = (await Promise.all(answers)).filter(({ received }) => received >= thawed)
      t.ok(late.length >= 2 * tokens.length)
      t.same(
        late.filter(({ status }) => status === 200),
        []
      )
      for (const token of tokens) t.equal((await checkUntil(instance.url, token, 400)).length, 1)
    })

    t.test('without a bound it reads the database each time', async (t) => {
      const { one, other } = await startTwo(t, 'unbounded', { POSTERN_DATABASE_MAX_STALE: '0' })
      const { proxy, instance } = other
      for (let round = 0; round < 10; round += 1) {
        const token = await createCheckedToken(one)
        await remember(instance.url, token)
        await token.end()
        t.equal((await check(instance.url, token)).status, 400)
      }
      const token = await createCheckedToken(one)
      await remember(instance.url, token)
      proxy.blackHole()
      t.equal((await check(instance.url, token)).status, 503)
    })
  }
)
