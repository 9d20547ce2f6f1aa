// npx vitest run --dir vitest
import { type Postern, startPostern } from 'postern/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startApp } from '../app.js'

let postern: Postern
let app: Awaited<ReturnType<typeof startApp>>

beforeAll(async () => {
  postern = await startPostern({ users: { alice: 'wonderland' } })
  app = await startApp(postern.url)
})
afterEach(() => postern.reset())
afterAll(async () => {
  app.server.close()
  await postern.stop()
})

async function statusOf(headers: Record<string, string>) {
  return (await fetch(`${app.url}/me`, { headers })).status
}

test('who has a good token is known', async () => {
  const response = await fetch(`${app.url}/me`, { headers: await postern.authHeader('alice') })
  expect(await response.json()).toEqual({ user: 'alice' })
})

test.each(['expired', 'wrong_key', 'tampered', 'alg_none', 'revoked'] as const)(
  'a token that is bad is refused: %s',
  async (preset) => {
    expect(await statusOf(await postern.authHeader('alice', { preset }))).toBe(401)
  }
)

test('a token is good for an hour', async () => {
  postern.clock.freeze()
  const headers = await postern.authHeader('alice')
  postern.clock.advance(3599)
  expect(await statusOf(headers)).toBe(200)
  postern.clock.advance(1)
  expect(await statusOf(headers)).toBe(401)
})
