// node --test node-test/me.test.js
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { startPostern } from 'postern/testing'
import { startApp } from '../app.js'

let postern
let app

before(async () => {
  postern = await startPostern({ users: { alice: 'wonderland' } })
  app = await startApp(postern.url)
})
afterEach(() => postern.reset())
after(async () => {
  app.server.close()
  await postern.stop()
})

async function statusOf(headers) {
  return (await fetch(`${app.url}/me`, { headers })).status
}

test('who has a good token is known', async () => {
  const response = await fetch(`${app.url}/me`, { headers: await postern.authHeader('alice') })
  assert.deepEqual(await response.json(), { user: 'alice' })
})

test('no token, or a bad one, is refused', async () => {
  assert.equal(await statusOf({}), 401)
  for (const preset of ['expired', 'wrong_key', 'tampered', 'alg_none', 'revoked']) {
    assert.equal(await statusOf(await postern.authHeader('alice', { preset })), 401, preset)
  }
})

test('a token is good for an hour', async () => {
  postern.clock.freeze()
  const headers = await postern.authHeader('alice')
  postern.clock.advance(3599)
  assert.equal(await statusOf(headers), 200)
  postern.clock.advance(1)
  assert.equal(await statusOf(headers), 401)
})

test('while Postern fails, the service says so', async () => {
  postern.fail({ route: 'GET /user', status: 503 })
  const headers = await postern.authHeader('alice')
  assert.equal(await statusOf(headers), 502)
  assert.equal(await statusOf(headers), 200)
  assert.deepEqual(
    postern.requests.map(({ path, status }) => [path, status]),
    [
      ['/user', 503],
      ['/user', 200]
    ]
  )
})
