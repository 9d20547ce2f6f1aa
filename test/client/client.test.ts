import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { type ClientOptions, createClient, PosternCallError } from '../../src/client/client.js'
import { send, startService } from '../support/helper.js'

/** A service with alice that listens, a client of it, and how often tokens were asked for. */
async function startClient(t: Test, options: Partial<ClientOptions> = {}) {
  const { app, clock } = await startService(t)
  await send(app, 'POST', '/user', { user: 'alice', pass: 'wonderland' })
  const url = await app.listen({ port: 0 })
  const grants: string[] = []
  app.server.on('request', ({ url }) => {
    if (url === '/oauth/token') grants.push(url)
  })
  // Newer versions of Node have Web Locks, by which clients of one account would be tabs of one browser.
  const client = createClient({ url, account: t.fullname, ...options })
  /** Lets time pass for the browser, which stands still otherwise, as that of the service does. */
  let passed = 0
  const now = Date.now()
  t.intercept(Date, 'now', { value: () => now + passed * 1000 })
  const sleep = (seconds: number) => {
    passed += seconds
  }
  return { app, clock, url, client, grants, sleep }
}

/** A server of somebody else. */
async function startApi(t: Test, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer)
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('a sign-in gives a token that fetch sends along', async (t) => {
  const { client, url } = await startClient(t)
  t.equal(await client.token(), null)
  t.equal((await client.fetch(`${url}/user`)).status, 204)
  t.match(await client.signIn('alice', 'wonderland'), { user: 'alice', token_type: 'access_token' })
  t.match(await (await client.fetch(`${url}/user`)).json(), { user: 'alice' })
  t.match(client.user, { user: 'alice' })
})

t.test('a sign-in and a sign-up that are refused say why, and change nothing', async (t) => {
  const { client } = await startClient(t)
  await t.rejects(client.signIn('alice', 'looking-glass'), { code: 'invalid_grant', status: 400 })
  const taken = await client.signUp('alice', 'looking-glass').catch((error) => error)
  t.type(taken, PosternCallError)
  t.match(taken, { code: 'UserAlreadyExistsError', status: 403 })
  t.equal(client.user, null)
  t.equal(await client.token(), null)
})

t.test('a name of any letters is signed up, signed in and read from its token', async (t) => {
  const { client } = await startClient(t)
  t.match(await client.signUp('Zoë 🐇', 'p&ss=wörd+%41'), { user: 'Zoë 🐇' })
})

t.test('a token is renewed once before it expires, however many ask for it', async (t) => {
  const { client, grants, sleep } = await startClient(t)
  await client.signIn('alice', 'wonderland')
  const first = await client.token()
  sleep(3569)
  t.equal(await client.token(), first)
  sleep(2)
  const renewed = await Promise.all(Array.from({ length: 20 }, () => client.token()))
  t.equal(new Set(renewed).size, 1)
  t.not(renewed[0], first)
  t.equal(grants.length, 2, 'one sign-in, one renewal')
})

t.test('a request that is answered with 401 is sent again, body and all, with a new token', async (t) => {
  const seen: string[] = []
  const api = await startApi(t, async (request, response) => {
    seen.push(`${request.method} ${await text(request)}`)
    response.writeHead(seen.length === 1 ? 401 : 200).end(request.headers.authorization)
  })
  const { client } = await startClient(t, { origins: [api] })
  await client.signIn('alice', 'wonderland')
  const first = await client.token()
  const response = await client.fetch(`${api}/orders`, { method: 'POST', body: 'tea' })
  t.equal(response.status, 200)
  t.same(seen, ['POST tea', 'POST tea'])
  t.equal(await response.text(), `Bearer ${await client.token()}`)
  t.not(await client.token(), first)
})

t.test('a second 401 is the answer', async (t) => {
  let calls = 0
  const api = await startApi(t, (_request, response) => {
    calls += 1
    response.writeHead(401).end()
  })
  const { client } = await startClient(t, { origins: [api] })
  await client.signIn('alice', 'wonderland')
  t.equal((await client.fetch(api)).status, 401)
  t.equal(calls, 2)
})

t.test('the token is sent to no origin that is not named', async (t) => {
  let calls = 0
  const api = await startApi(t, (_request, response) => {
    calls += 1
    response.end()
  })
  const { client } = await startClient(t)
  await client.signIn('alice', 'wonderland')
  await t.rejects(client.fetch(api), {
    name: 'TypeError',
    message: `The token is not for ${api}: name it in the option origins.`
  })
  t.equal(calls, 0)
})

t.test('a renewal that is refused is a sign-out', async (t) => {
  const { client, app, sleep } = await startClient(t)
  const heard: unknown[] = []
  client.onChange((user) => heard.push(user?.user ?? null))
  await client.signIn('alice', 'wonderland')
  const access_token = (await client.token()) as string
  await send(app, 'DELETE', '/user', { access_token })
  sleep(3600)
  t.equal(await client.token(), null)
  t.same(heard, [null, 'alice', null])
})

t.test(
  'while Postern cannot be reached, a token is good until it expires, and nobody is signed out',
  async (t) => {
    const { client, app, sleep } = await startClient(t)
    await client.signIn('alice', 'wonderland')
    const first = await client.token()
    app.server.closeAllConnections()
    app.server.close()
    sleep(3590)
    t.equal(await client.token(), first)
    sleep(20)
    await t.rejects(client.token(), { name: 'TypeError' })
    t.match(client.user, { user: 'alice' })
  }
)

t.test('a sign-out forgets the tokens and revokes them', async (t) => {
  const { client, app } = await startClient(t)
  await client.signIn('alice', 'wonderland')
  const access_token = (await client.token()) as string
  t.equal((await send(app, 'GET', '/check', { access_token })).statusCode, 200)
  await client.signOut()
  t.equal(client.user, null)
  t.equal(await client.token(), null)
  t.equal((await send(app, 'GET', '/check', { access_token })).statusCode, 400)
  await client.signOut()
})

t.test('a listener hears no renewals, and nothing after its end', async (t) => {
  const { client, sleep } = await startClient(t)
  const heard: unknown[] = []
  const end = client.onChange((user) => heard.push(user?.user ?? null))
  await client.signIn('alice', 'wonderland')
  sleep(3600)
  await client.token()
  end()
  await client.signOut()
  t.same(heard, [null, 'alice'])
})

t.test('a renewal whose reply is lost is repeated at once, and ends nothing', async (t) => {
  const { client, app, sleep } = await startClient(t)
  await client.signIn('alice', 'wonderland')
  let lost = 0
  app.server.prependListener('request', ({ url, socket }, response) => {
    if (url !== '/oauth/token' || lost > 0) return
    lost += 1
    // The token has been renewed by then.
    Object.assign(response, { end: () => socket.destroy() })
  })
  sleep(3600)
  const access_token = (await client.token()) as string
  t.equal(lost, 1)
  t.equal((await send(app, 'GET', '/check', { access_token })).statusCode, 200)
})

t.test('a sign-in ends the one that it replaces', async (t) => {
  const { client, app } = await startClient(t)
  await client.signIn('alice', 'wonderland')
  const access_token = (await client.token()) as string
  t.match(await client.signUp('bob', 'builder'), { user: 'bob' })
  t.equal((await send(app, 'GET', '/check', { access_token })).statusCode, 400)
})
