import { createRemoteJWKSet, jwtVerify } from 'jose'
import t from 'tap'
import { startPostern } from '../src/fixture/testing.js'
import { start } from './support/helper.js'

async function status(url: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(url, { headers })
  await response.text()
  return response.status
}

t.test(
  'a Postern for tests is the very server: with users, tokens that verify, and its own keys',
  async (t) => {
    await using postern = await startPostern({
      users: { alice: 'wonderland', bob: { password: 'builder', claims: { role: 'admin' }, active: false } },
      algorithm: 'EdDSA',
      env: { POSTERN_ISSUER: 'https://id.example.org' }
    })
    const response = await fetch(`${postern.url}/token?user=alice&pass=wonderland`)
    const { payload, protectedHeader } = await jwtVerify(
      await response.text(),
      createRemoteJWKSet(new URL(postern.jwksUrl)),
      { issuer: 'https://id.example.org' }
    )
    t.match(payload, { user: 'alice', fixture: true })
    t.equal(protectedHeader.alg, 'EdDSA')
    t.equal(await status(`${postern.url}/check`, await postern.authHeader('alice')), 200)
    t.equal(
      await status(`${postern.url}/check`, await postern.authHeader('alice', { preset: 'expired' })),
      400
    )
    t.equal(await status(`${postern.url}/check`, await postern.authHeader('bob')), 400)
    t.equal((await postern.app.inject('/version')).statusCode, 200)
    await t.rejects(postern.token('nobody'), { name: 'UserDoesNotExistError' })
  }
)

t.test('its clock begins where it is told, and is moved and stopped', async (t) => {
  await using postern = await startPostern({ users: { alice: 'x' }, now: '2030-01-01T00:00:00Z' })
  const { clock } = postern
  clock.freeze()
  clock.set(new Date(start))
  t.equal(clock.now().getTime(), start)
  const token = await postern.token('alice', { expiresIn: 60, claims: { role: 'admin' } })
  t.equal(await status(`${postern.url}/check?access_token=${token}`), 200)
  clock.advance(60)
  t.equal(await status(`${postern.url}/check?access_token=${token}`), 400)
  clock.set(start)
  t.equal(await status(`${postern.url}/check?access_token=${token}`), 200)
  clock.freeze(false)
  clock.reset()
  t.ok(clock.now().getTime() >= start)
  t.throws(() => clock.set('tomorrow'), RangeError)
})

t.test('calls fail as they are told to, also without an answer, and are recorded', async (t) => {
  await using postern = await startPostern({ users: { alice: 'x' } })
  postern.fail({ route: 'GET /token', status: 503 })
  t.equal(await status(`${postern.url}/token?user=alice&pass=x`), 503)
  t.equal(await status(`${postern.url}/token?user=alice&pass=x`), 200)
  postern.fail({ route: 'GET /version', drop: true, times: 2 })
  await t.rejects(fetch(`${postern.url}/version`))
  postern.snapshot()
  await fetch(`${postern.url}/user`, {
    method: 'POST',
    body: new URLSearchParams({ user: 'bob', pass: 'x' })
  })
  await postern.restore()
  await t.rejects(postern.token('bob'), { name: 'UserDoesNotExistError' })
  await t.rejects(postern.restore('other'), { name: 'SnapshotDoesNotExistError' })
  t.match(postern.requests.slice(0, 2), [
    { path: '/token', status: 503 },
    { path: '/token', arguments: { user: 'alice', pass: '[removed]' }, status: 200 }
  ])
  await postern.reset()
  t.same(postern.requests, [])
  t.equal(await status(`${postern.url}/version`), 200)
})

t.test('twenty of them in one process do not touch each other', async (t) => {
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, index) => startPostern({ users: { [`user ${index}`]: 'x' }, now: start }))
  )
  t.teardown(() => Promise.all(all.map((postern) => postern.stop())))
  t.equal(new Set(all.map(({ url }) => url)).size, 20)
  all[0]?.clock.advance(1000)
  all[0]?.fail({ route: 'GET /check', status: 503 })
  for (const [index, postern] of all.entries()) {
    const headers = await postern.authHeader(`user ${index}`)
    for (const [other, { url }] of all.entries()) {
      if (index === other && index > 0) t.equal(await status(`${url}/check`, headers), 200)
      if (other === (index + 1) % 20 && other > 0) t.equal(await status(`${url}/check`, headers), 400)
    }
  }
  t.same(all.filter(({ clock }) => clock.now().getTime() > start + 500_000).length, 1)
})

t.test('what is wrong with the options is said, and nothing is left behind', async (t) => {
  await using postern = await startPostern()
  const port = Number(new URL(postern.url).port)
  await t.rejects(startPostern({ port }), { name: 'StartupError', exitCode: 6 })
  await t.rejects(startPostern({ env: { POSTERN_PORT: 'x' } }), { name: 'StartupError', exitCode: 2 })
  await t.rejects(startPostern({ env: { POSTERN_HOST: '0.0.0.0' } }), { name: 'StartupError', exitCode: 2 })
  await t.rejects(startPostern({ users: { 'a\nb': 'x' } }), { exitCode: 2, message: /\/0\/name/ })
  await t.rejects(startPostern({ users: { alice: { claims: {} } } }), {
    message: /either a password or a hash/
  })
  await t.rejects(startPostern({ now: 'tomorrow' }), RangeError)
  await postern.stop()
  await postern.stop()
})

t.test('two hundred of them, one after the other, leave no handle and no listener behind', async (t) => {
  const count = () => ({
    resources: process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
  })
  await (await startPostern()).stop()
  const before = count()
  for (let round = 0; round < 200; round += 1) {
    const postern = await startPostern({ users: { alice: 'x' } })
    await postern.app.inject('/version')
    await postern.stop()
  }
  const after = count()
  t.equal(after.listeners, before.listeners)
  t.ok(after.resources <= before.resources + 2, `${after.resources} resources, ${before.resources} before`)
})
