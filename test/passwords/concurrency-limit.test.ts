import { once } from 'node:events'
import { connect } from 'node:net'
import argon2 from 'argon2'
import t, { type Test } from 'tap'
import { createNetworks, hostOf, siteOf } from '../../src/networks.js'
import { createConcurrencyLimit, type TaskOrigin } from '../../src/passwords/concurrency-limit.js'
import { send, signUp, startService } from '../support/helper.js'
import { until } from '../support/process.js'

/** A limit of one running task, which is under way; the others are noted when they run. */
function createBusyLimit({ maxQueued = 4, maxWait = 60_000 } = {}) {
  const limit = createConcurrencyLimit({ maxRunning: 1, maxQueued, maxWait })
  const order: string[] = []
  let end = () => {}
  const first = limit.run(
    () =>
      new Promise<void>((resolve) => {
        end = resolve
      })
  )
  const run = (name: string, origin?: TaskOrigin) => {
    const task = limit.run(async () => order.push(name), origin)
    // Awaited later, if at all.
    task.catch(() => {})
    return task
  }
  return {
    limit,
    run,
    order,
    async end() {
      end()
      await first
      await until(() => limit.load.running === 0)
      return order.join(' ')
    }
  }
}

async function expectBusy(t: Test, task: Promise<unknown>) {
  await t.rejects(task, { name: 'ServerBusyError', statusCode: 503, headers: { 'retry-after': '1' } })
}

t.test('so many tasks run, so many wait, and the rest is turned away', async (t) => {
  const limit = createConcurrencyLimit({ maxRunning: 2, maxQueued: 3, maxWait: 60_000 })
  const doors: (() => void)[] = []
  const task = () => new Promise<void>((resolve) => doors.push(resolve))
  const results = Array.from({ length: 5 }, () => limit.run(task))
  t.equal(doors.length, 2)
  t.same(limit.load, { running: 2, waiting: 3 })
  await expectBusy(t, limit.run(task))
  t.equal(doors.length, 2, 'it did not run')
  for (let opened = 0; opened < 5; opened += 1) {
    doors[opened]?.()
    await results[opened]
    t.equal(doors.length, Math.min(5, opened + 3), 'one leaves, one enters')
  }
  const again = limit.run(task)
  t.equal(doors.length, 6, 'its place is free again')
  doors[5]?.()
  await again
  t.same(limit.load, { running: 0, waiting: 0 })
})

t.test('a task that fails leaves its place', async (t) => {
  const limit = createConcurrencyLimit({ maxRunning: 1, maxQueued: 0, maxWait: 1 })
  await t.rejects(
    limit.run(async () => {
      throw new Error('x')
    })
  )
  t.equal(await limit.run(async () => 5), 5)
})

t.test('a task that waits too long is turned away, and the next in line keeps its turn', async (t) => {
  const { run, end } = createBusyLimit({ maxWait: 10 })
  await expectBusy(t, run('late'))
  run('in time')
  t.equal(await end(), 'in time')
})

t.test('M1: networks take turns, and the tasks of one keep their order', async (t) => {
  const { run, end } = createBusyLimit({ maxQueued: 9 })
  for (const name of ['a1', 'a2', 'a3']) run(name, { network: 'a' })
  for (const name of ['b1', 'b2']) run(name, { network: 'b' })
  run('alone')
  run('a4', { network: 'a' })
  t.equal(await end(), 'a1 b1 alone a2 b2 a3 a4')
})

t.test(
  'M1: a network has the whole queue until another one comes, which takes the newest place',
  async (t) => {
    const { run, end, limit } = createBusyLimit()
    const flood = ['a1', 'a2', 'a3', 'a4'].map((name) => run(name, { network: 'a' }))
    t.equal(limit.load.waiting, 4)
    await expectBusy(t, run('a5', { network: 'a' }))
    run('b1', { network: 'b' })
    await expectBusy(t, flood[3] as Promise<unknown>)
    run('alone')
    await expectBusy(t, flood[2] as Promise<unknown>)
    await expectBusy(t, run('b2', { network: 'b' }))
    t.equal(limit.load.waiting, 4)
    t.equal(await end(), 'a1 b1 alone a2')
  }
)

t.test('M1: a task whose client is gone is not run, nor has it a place', async (t) => {
  const { run, end } = createBusyLimit({ maxQueued: 3 })
  let isGone = false
  const gone = ['gone 1', 'gone 2'].map((name) => run(name, { network: 'a', isGone: () => isGone }))
  run('there', { network: 'a' })
  isGone = true
  const newcomer = run('newcomer', { network: 'a' })
  for (const task of gone) await expectBusy(t, task)
  const late = run('gone 3', { network: 'b', isGone: () => isGone })
  await expectBusy(t, late)
  t.equal(await end(), 'there newcomer')
  await newcomer
})

t.test('M1: a client that leaves while it waits is skipped when its turn comes', async (t) => {
  const { run, end } = createBusyLimit()
  let isGone = false
  run('gone 1', { network: 'a', isGone: () => isGone })
  run('there', { network: 'a' })
  run('gone 2', { network: 'b', isGone: () => isGone })
  isGone = true
  t.equal(await end(), 'there')
})

t.test('M1: a network is an IPv4 /24 or an IPv6 /64; loopback and backends are left out', (t) => {
  const networks = createNetworks(['198.51.100.7', '10.1.0.0/16', '2001:db8:b::/48', '::ffff:10.3.0.0/112'])
  const isSame = (one: string, other: string) => networks.of(one) === networks.of(other)
  t.ok(isSame('203.0.113.9', '203.0.113.200'))
  t.ok(isSame('203.0.113.9', '::ffff:203.0.113.10'))
  t.notOk(isSame('203.0.113.9', '203.0.114.9'))
  t.ok(isSame('2001:db8:1:2::1', '2001:db8:1:2:ffff::9'))
  t.notOk(isSame('2001:db8:1:2::1', '2001:db8:1:3::1'))
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])
    t.equal(networks.of(address), undefined)
  for (const address of ['198.51.100.7', '10.1.255.1', '10.3.9.9', '2001:db8:b:9::1'])
    t.equal(networks.of(address), undefined)
  for (const address of ['198.51.100.8', '10.2.0.1', '2001:db8:c::1']) t.ok(networks.of(address))
  t.equal(networks.of('unknown'), 'unknown', 'what is no address stands for itself')
  t.equal(hostOf('203.0.113.9') === hostOf('203.0.113.10'), false)
  t.equal(hostOf('2001:db8:1:2::1'), hostOf('2001:db8:1:2::2'))
  t.equal(siteOf('203.0.113.9'), siteOf('203.0.113.10'))
  t.equal(siteOf('2001:db8:1:2::1'), siteOf('2001:db8:1:3::1'))
  t.end()
})

/** Argon2 with one verification under way, which does not end before it is told to; `verified` counts those begun. */
function holdVerifications(t: Test) {
  const original = argon2.verify
  t.teardown(() => {
    argon2.verify = original
  })
  const held = { verified: 0, release: () => {} }
  const released = new Promise<void>((resolve) => {
    held.release = resolve
  })
  argon2.verify = async (digest, password, options) => {
    held.verified += 1
    await released
    return original(digest, password, options)
  }
  return held
}

const oneThread = { UV_THREADPOOL_SIZE: '1' }

t.test('M1: logins whose clients have gone are not hashed', async (t) => {
  const { app } = await startService(t, oneThread)
  await signUp(app)
  const url = new URL(await app.listen({ port: 0 }))
  const held = holdVerifications(t)
  const logIn = () => {
    const socket = connect(Number(url.port), url.hostname)
    socket.write('GET /token?user=nobody&pass=x HTTP/1.1\r\nHost: x\r\n\r\n')
    return socket
  }
  const sockets = Array.from({ length: 6 }, logIn)
  await until(() => app.passwords.load.waiting === 5)
  for (const socket of sockets.slice(1)) socket.destroy()
  const present = logIn()
  await until(() => app.passwords.load.waiting === 6)
  const connections = () =>
    new Promise<number>((resolve) => app.server.getConnections((_, count) => resolve(count)))
  while ((await connections()) > 2) await new Promise(setImmediate)
  held.release()
  await once(present, 'data')
  t.equal(held.verified, 2)
  for (const socket of [...sockets, present]) socket.destroy()
})

t.test(
  'M1: a full queue of one network lets a login from elsewhere in, and a backend with many users',
  async (t) => {
    const { app } = await startService(t, {
      ...oneThread,
      POSTERN_TRUST_PROXY: 'loopback',
      POSTERN_LOGIN_BACKENDS: '198.51.100.7'
    })
    await signUp(app)
    const held = holdVerifications(t)
    const logIn = (address: string, pass = 'wonderland') =>
      send(app, 'GET', '/token', { user: 'alice', pass }, { headers: { 'x-forwarded-for': address } })
    const flood = Array.from({ length: 40 }, (_, host) => logIn(`203.0.113.${host}`, 'wrong'))
    await until(() => app.passwords.load.waiting === 32)
    const honest = [logIn('192.0.2.1'), ...Array.from({ length: 9 }, () => logIn('198.51.100.7'))]
    const handedOn = logIn('203.0.113.250, 198.51.100.7')
    t.equal(
      (await handedOn).statusCode,
      503,
      'by a backend that hands the address on, it is one of that network'
    )
    held.release()
    t.same([...new Set((await Promise.all(honest)).map(({ statusCode }) => statusCode))], [200])
    const statuses = (await Promise.all(flood)).map(({ statusCode }) => statusCode)
    t.equal(statuses.filter((status) => status === 503).length, 7 + 10)
  }
)
