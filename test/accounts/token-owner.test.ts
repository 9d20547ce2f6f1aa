import t from 'tap'
import {
  bearer,
  decodePart,
  refresh,
  refreshToken,
  send,
  signIn,
  signUp,
  startService
} from '../support/helper.js'

type App = Awaited<ReturnType<typeof startService>>['app']

const passwordCalls = [
  ['GET', '/refresh_token', {}],
  ['PATCH', '/user', { pass: 'taken over' }],
  ['DELETE', '/refresh_tokens', {}],
  ['DELETE', '/user', {}]
] as const

async function statusOf(app: App, token: string): Promise<number> {
  return (await app.inject({ url: '/check', headers: bearer(token) })).statusCode
}

for (const [label, method, url, values] of [
  ['a password change', 'PATCH', '/user', { pass: 'wonderland' }],
  ['the end of all sessions', 'DELETE', '/refresh_tokens', {}]
] as const) {
  t.test(`M5: a token that outlives ${label} does not stand for the password any more`, async (t) => {
    const { app } = await startService(t)
    const kept = await signUp(app)
    const stolen = await signIn(app)
    t.ok((await send(app, method, url, values, { headers: bearer(kept) })).statusCode < 300)
    t.equal(await statusOf(app, stolen), 400)
    const payload = await app.inject({ url: '/check', headers: bearer(kept) })
    t.same(payload.json(), decodePart(kept, 1), 'its payload is answered as it was signed')
    for (const [method, url, values] of passwordCalls) {
      t.match((await send(app, method, url, values, { headers: bearer(kept) })).json(), {
        statusCode: 403,
        error_name: 'PasswordAuthenticationRequiredError'
      })
    }
    t.ok(await refreshToken(app, await signIn(app)), 'who signs in again has all rights')
  })
}

t.test('M5: an access token got by a refresh token bears its session, and ends with it', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  const refreshing = await refreshToken(app, token)
  const grant = { grant_type: 'refresh_token', refresh_token: refreshing }
  const byGrant = (await send(app, 'POST', '/oauth/token', grant, { by: 'form' })).json().access_token
  const byToken = await refresh(app, refreshing)
  for (const access of [byToken, byGrant]) {
    t.equal(decodePart(access, 1).sid, decodePart(refreshing, 1).jti)
    t.equal(await statusOf(app, access), 200)
  }
  await send(app, 'DELETE', '/refresh_token', { refresh_token: refreshing }, { headers: bearer(token) })
  for (const access of [byToken, byGrant]) t.equal(await statusOf(app, access), 400)
  t.equal(await statusOf(app, token), 200)
})
