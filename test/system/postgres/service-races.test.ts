import { setTimeout as after } from 'node:timers/promises'
import t from 'tap'
import { decodePart } from '../../support/helper.js'
import { startInstance } from '../../support/postgres-instances.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { call } from '../../support/process.js'

const adminKey = 'an-admin-key-of-a-test-that-is-long'
const publishAhead = 3

interface Reply {
  readonly status: number
  readonly body: string
}

function count(replies: readonly Reply[], status: number): number {
  return replies.filter((reply) => reply.status === status).length
}

function statusesBut(replies: readonly Reply[], ...statuses: number[]): string[] {
  return replies
    .filter(({ status }) => !statuses.includes(status))
    .map(({ status, body }) => `${status} ${body}`)
}

t.test('races over three instances of the program', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)
  const settings = {
    POSTERN_ADMIN: 'http',
    POSTERN_ADMIN_KEY: adminKey,
    POSTERN_KEY_PUBLISH_AHEAD: String(publishAhead)
  }
  const database = await server.createDatabase('races')
  const instances = await Promise.all([1, 2, 3].map(() => startInstance(t, database, settings)))
  const urls = instances.map(({ url }) => url)
  const [one] = urls as [string]

  /** Sends calls to all instances at once. */
  async function atOnce(
    times: number,
    request: (number: number) => [method: string, path: string, values: Record<string, string>]
  ): Promise<Reply[]> {
    const calls = Array.from({ length: times }, (_, number) => {
      const [method, path, values] = request(number)
      return call(`${urls[number % urls.length]}${path}`, method, values)
    })
    return await Promise.all(calls)
  }

  async function administer(url: string, path: string, values: Record<string, unknown> = {}) {
    const response = await fetch(`${url}/admin${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(values)
    })
    return { status: response.status, body: await response.text() }
  }

  t.test('one of many sign-ups of a name is made', async (t) => {
    for (let round = 0; round < 5; round += 1) {
      const replies = await atOnce(15, (number) => [
        'POST',
        '/user',
        { user: `racer-${round}`, pass: `pass-${number}` }
      ])
      t.equal(count(replies, 201), 1)
      t.same(statusesBut(replies, 201, 403), [])
      const logins = await atOnce(15, (number) => [
        'GET',
        '/token',
        { user: `racer-${round}`, pass: `pass-${number}` }
      ])
      t.same(
        logins.map(({ status }) => status === 200),
        replies.map(({ status }) => status === 201),
        'and the password is the winner’s'
      )
    }
  })

  t.test('fifty uses of a refresh token that rotates have one successor, and end nothing', async (t) => {
    await call(`${one}/user`, 'POST', { user: 'rotating', pass: 'wonderland' })
    const granted = await call(`${one}/oauth/token`, 'POST', {
      grant_type: 'password',
      username: 'rotating',
      password: 'wonderland'
    })
    const renewal = (refresh_token: string): [string, string, Record<string, string>] => [
      'POST',
      '/oauth/token',
      { grant_type: 'refresh_token', refresh_token }
    ]
    let { refresh_token: token } = JSON.parse(granted.body)
    for (let round = 0; round < 3; round += 1) {
      const used = token
      const replies = await atOnce(50, () => renewal(used))
      t.same(statusesBut(replies, 200, 400), [])
      const successors = replies.filter(({ status }) => status === 200).map(({ body }) => JSON.parse(body))
      // A client that has lost the reply may have it once more.
      t.ok(successors.length >= 1 && successors.length <= 2, `${successors.length} were answered`)
      token = successors[0].refresh_token
      t.equal(new Set(successors.map((each) => decodePart(each.refresh_token, 1).jti)).size, 1)
      const checks = await atOnce(3, () => ['GET', '/check', { access_token: successors[0].access_token }])
      t.equal(count(checks, 200), 3)
    }
  })

  t.test('one use of an invitation makes an account', async (t) => {
    const invited = await administer(one, '/invites', {})
    t.equal(invited.status, 201)
    const link = new URL(JSON.parse(invited.body).url).pathname
    const names = Array.from({ length: 12 }, (_, number) => `invited-${number}`)
    const replies = await atOnce(names.length, (number) => [
      'POST',
      link,
      { user: names[number] as string, pass: 'wonderland' }
    ])
    t.equal(count(replies, 201), 1)
    t.same(statusesBut(replies, 201, 410), [])
    const logins = await atOnce(names.length, (number) => [
      'GET',
      '/token',
      { user: names[number] as string, pass: 'wonderland' }
    ])
    t.equal(count(logins, 200), 1)
  })

  t.test('one use of a password link sets the password', async (t) => {
    const made = await administer(one, '/users', { user: 'linked', invite: true })
    t.equal(made.status, 201)
    const link = new URL(JSON.parse(made.body).invite_url).pathname
    const replies = await atOnce(12, (number) => ['POST', link, { pass: `pass-${number}` }])
    t.equal(count(replies, 200), 1)
    t.same(statusesBut(replies, 200, 410), [])
    const logins = await atOnce(12, (number) => ['GET', '/token', { user: 'linked', pass: `pass-${number}` }])
    t.same(
      logins.map(({ status }) => status === 200),
      replies.map(({ status }) => status === 200)
    )
  })

  t.test('a login with the old password is not good after the change', async (t) => {
    const account = { user: 'changing', pass: 'pass-0' }
    await call(`${one}/user`, 'POST', account)
    for (let round = 0; round < 5; round += 1) {
      const old = `pass-${round}`
      const pass = `pass-${round + 1}`
      const { body: token } = await call(`${one}/token`, 'GET', { user: 'changing', pass: old })
      const logins = atOnce(12, () => ['GET', '/token', { user: 'changing', pass: old }])
      const changed = await call(`${one}/user`, 'PATCH', { pass }, token)
      t.equal(changed.status, 200)
      const issued = (await logins).filter(({ status }) => status === 200)
      await after(1000)
      const checks = await Promise.all(
        issued.flatMap(({ body }) => urls.map((url) => call(`${url}/check`, 'GET', { access_token: body })))
      )
      t.same(statusesBut(checks, 400), [], `${issued.length} logins were before it`)
    }
  })

  t.test('one of many rotations makes a key, which all publish before any signs with it', async (t) => {
    await call(`${one}/user`, 'POST', { user: 'signer', pass: 'wonderland' })
    const replies = await Promise.all([...urls, ...urls].map((url) => administer(url, '/signing-keys')))
    t.equal(count(replies, 201), 1)
    t.same(statusesBut(replies, 201, 409), [])
    const { kid } = JSON.parse(replies.find(({ status }) => status === 201)?.body ?? '{}')
    const published = new Map<string, number>()
    const signing = new Map<string, number>()
    while (signing.size < urls.length) {
      for (const url of urls) {
        const { body: token } = await call(`${url}/token`, 'GET', { user: 'signer', pass: 'wonderland' })
        if (decodePart(token, 0).kid === kid && !signing.has(url)) signing.set(url, performance.now())
        const checks = await Promise.all(
          urls.map((other) => call(`${other}/check`, 'GET', { access_token: token }))
        )
        if (count(checks, 200) < urls.length) t.fail('a token of one instance is refused by another one')
        const sent = performance.now()
        const { body } = await call(`${url}/.well-known/jwks.json`, 'GET', {})
        if (body.includes(kid) && !published.has(url)) published.set(url, sent)
      }
      await after(20)
    }
    t.equal(published.size, urls.length)
    t.ok(Math.max(...published.values()) < Math.min(...signing.values()))
    for (const url of urls) {
      const { body } = await call(`${url}/.well-known/jwks.json`, 'GET', {})
      t.equal(JSON.parse(body).keys.length, 2)
    }
  })
})
