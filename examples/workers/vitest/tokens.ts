import { beforeAll, beforeEach, expect, test } from 'vitest'
import { startNamespace } from './namespace.js'

let url: string

const post = (path: string, body: object = {}) =>
  fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })

const advance = (seconds: number) =>
  fetch(`${url}/fixture/clock`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advance: seconds })
  })

const statusOf = async (token: string) => (await fetch(`${url}/check?access_token=${token}`)).status

beforeAll(async () => {
  url = await startNamespace({ alice: 'wonderland' })
})
// Of this worker alone.
beforeEach(() => post('/fixture/reset'))

/** Tests that would disturb others, were they not in a namespace: they sign up, move the clock and have calls fail. */
export function addTests(count: number) {
  for (let round = 0; round < count; round += 3) {
    test(`a name is free, round ${round}`, async () => {
      expect((await post('/user', { user: 'bob', pass: 'builder' })).status).toBe(201)
    })
    test(`a token is good for an hour, round ${round}`, async () => {
      const token = await (await post('/token', { user: 'alice', pass: 'wonderland' })).text()
      expect(await statusOf(token)).toBe(200)
      await advance(3600)
      expect(await statusOf(token)).toBe(400)
    })
    test(`a failure comes once, round ${round}`, async () => {
      await post('/fixture/faults', { route: 'GET /version', status: 503 })
      expect((await fetch(`${url}/version`)).status).toBe(503)
      expect((await fetch(`${url}/version`)).status).toBe(200)
    })
  }
}
