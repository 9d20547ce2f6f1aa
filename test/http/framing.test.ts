import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { temporaryFolder } from '../support/helper.js'
import { call, sendRaw, serve } from '../support/process.js'

const program = serve(t, temporaryFolder(t))
const url = await program.url()

const json = 'Content-Type: application/json\r\n'
const close = 'Connection: close\r\n'
let users = 0

/** A sign-up of somebody new, whose body may be anything. */
function signUp(headers: string, body?: string) {
  users += 1
  const user = `user ${users}`
  const payload = body ?? JSON.stringify({ user, pass: 'hunter2' })
  const length = body === undefined ? `Content-Length: ${payload.length}\r\n` : ''
  return { user, request: `POST /user HTTP/1.1\r\nHost: x\r\n${json}${length}${headers}\r\n${payload}` }
}

async function exists(user: string): Promise<boolean> {
  return (await call(`${url}/token`, 'GET', { user, pass: 'hunter2' })).status === 200
}

function statuses(answers: string): number[] {
  return [...answers.matchAll(/^HTTP\/1\.1 (\d+) /gm)].map(([, status]) => Number(status))
}

function expectRefusal(t: Test, answer: string, status: number, name: string, label: string) {
  t.same(statuses(answer), [status], label)
  const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))
  t.same(Object.keys(body), ['statusCode', 'error', 'error_name', 'message'], label)
  t.match(body, { statusCode: status, error_name: name }, label)
  t.match(answer, /\r\ncache-control: no-store\r\n/, label)
  t.match(answer, /\r\nx-content-type-options: nosniff\r\n/, label)
  t.match(answer, /\r\ncontent-type: application\/json; charset=utf-8\r\n/, label)
  t.notMatch(answer, /hunter2/, label)
}

t.test(
  'a request that is framed wrongly is refused in the shape of every error, and does nothing',
  async (t) => {
    const body = '{"user":"smuggled","pass":"hunter2"}'
    const post = (headers: string, payload = body) =>
      `POST /user HTTP/1.1\r\nHost: x\r\n${json}${headers}${close}\r\n${payload}`
    const chunked = 'Transfer-Encoding: chunked\r\n'
    const length = `Content-Length: ${body.length}\r\n`
    const size = body.length.toString(16)
    for (const [label, request, status = 400, name = 'MalformedRequestError'] of [
      ['no HTTP', 'NONSENSE\r\n\r\n'],
      ['a negative length', post('Content-Length: -5\r\n')],
      ['a length beyond 64 bits', post('Content-Length: 99999999999999999999999\r\n')],
      ['a length of 10 GB', post('Content-Length: 9999999999\r\n'), 413, 'PayloadTooLargeError'],
      ['a length in hex', post(`Content-Length: 0x${size}\r\n`)],
      ['a length with a sign', post(`Content-Length: +${body.length}\r\n`)],
      ['two lengths', post(`${length}Content-Length: 5\r\n`)],
      ['the same length twice', post(length + length)],
      ['a list of lengths', post(`Content-Length: ${body.length}, ${body.length}\r\n`)],
      ['a length and chunks', post(length + chunked, `${size}\r\n${body}\r\n0\r\n\r\n`)],
      ['chunks and a length', post(chunked + length, `${size}\r\n${body}\r\n0\r\n\r\n`)],
      ['a chunk without a size', post(chunked, `\r\n${body}\r\n0\r\n\r\n`)],
      ['a chunk size that is none', post(chunked, `zz\r\n${body}\r\n0\r\n\r\n`)],
      ['a chunk size beyond 64 bits', post(chunked, `ffffffffffffffffffff\r\n${body}`)],
      ['a chunk without its end', post(chunked, `${size}\r\n${body}0\r\n\r\n`)],
      ['chunks twice', post('Transfer-Encoding: chunked, chunked\r\n', `${size}\r\n${body}\r\n0\r\n\r\n`)],
      ['another transfer encoding', post('Transfer-Encoding: gzip\r\n')],
      [
        'a transfer encoding before the chunks',
        post('Transfer-Encoding: gzip, chunked\r\n', `${size}\r\n${body}\r\n0\r\n\r\n`)
      ],
      [
        'chunks in HTTP/1.0',
        post(chunked, `${size}\r\n${body}\r\n0\r\n\r\n`).replace('HTTP/1.1', 'HTTP/1.0')
      ],
      [
        'an unknown transfer encoding',
        post('Transfer-Encoding: xchunked\r\n', `${size}\r\n${body}\r\n0\r\n\r\n`)
      ],
      ['line feeds only', 'GET /version HTTP/1.1\nHost: x\n\n'],
      ['one line feed only', 'GET /version HTTP/1.1\r\nHost: x\nA: b\r\n\r\n'],
      [
        'a bare carriage return',
        'GET /version HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer hunter2\rx\r\n\r\n'
      ],
      ['a compacted header', 'GET /user HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\r\n hunter2\r\n\r\n'],
      ['a NUL', 'GET /user HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer hunter2\0\r\n\r\n'],
      ['a space before the colon', 'GET /user HTTP/1.1\r\nHost: x\r\nAuthorization : Bearer hunter2\r\n\r\n'],
      ['a header without a name', 'GET /user HTTP/1.1\r\nHost: x\r\n: hunter2\r\n\r\n'],
      ['an unknown method', 'STEAL /user HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
      ['a space in the address', 'GET /user?pass=hunter2 x HTTP/1.1\r\nHost: x\r\n\r\n'],
      ['bytes beyond ASCII in the address', `GET /user?user=\u00e9 HTTP/1.1\r\nHost: x\r\n${close}\r\n`],
      [
        'a header of 20 kB',
        `GET / HTTP/1.1\r\nHost: x\r\nAuthorization: ${'x'.repeat(20_000)}\r\n\r\n`,
        431,
        'HeadersTooLargeError'
      ],
      [
        'an address of 17 kB',
        `GET /user?pass=hunter2${'x'.repeat(17_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
        431,
        'HeadersTooLargeError'
      ]
    ] as [string, string, number?, string?][]) {
      expectRefusal(t, await sendRaw(url, request), status, name, label)
    }
    t.notOk(await exists('smuggled'))
  }
)

t.test('every spelling of an address gets the same headers, and what it holds is not repeated', async (t) => {
  for (const [target, status, name] of [
    ['GET /user/%zz?pass=hunter2', 400, 'MalformedRequestError'],
    ['GET /hunter2%', 400, 'MalformedRequestError'],
    ['GET /admin/users/%zz?pass=hunter2', 404, 'NotFoundError'],
    ['GET /%61dmin/users/%zz?pass=hunter2', 404, 'NotFoundError'],
    [`POST /link/${'hunter2'.repeat(600)}`, 404, 'NotFoundError'],
    ['PUT http://alice:hunter2@x/us%65r', 405, 'MethodNotAllowedError'],
    ['PUT /user#pass=hunter2', 405, 'MethodNotAllowedError'],
    ['GET /version/../user?pass=hunter2', 404, 'NotFoundError'],
    ['GET /user/../token?pass=hunter2', 404, 'NotFoundError'],
    ['GET //user?pass=hunter2', 404, 'NotFoundError'],
    ['OPTIONS *', 404, 'NotFoundError']
  ] as const) {
    const answer = await sendRaw(url, `${target} HTTP/1.1\r\nHost: x\r\n${close}\r\n`)
    expectRefusal(t, answer, status, name, target)
  }
  await program.logged('"url":"/us%65r"')
  await program.logged(/"url":"\/user\?pass=\[removed\]"/)
  t.notMatch(program.stderr, 'hunter2')
})

t.test(
  'L13: credentials, arguments and tokens in an address are not logged, however they are encoded',
  async (t) => {
    for (const [target, logged] of [
      ['CONNECT alice:hunter2@host:443', '[removed]@host:443'],
      ['GET //alice:hunter2@h/token', '//[removed]@h/token'],
      ['GET //alice:hunter2@h', '//[removed]@h'],
      ['GET ///alice:hunter2%40h/token', '///[removed]@h/token'],
      ['GET /%2Falice:hunter2@h/token', '//[removed]@h/token'],
      ['GET http://x//alice:hunter2@h/token', '//[removed]@h/token'],
      ['GET /token%253Bpass%253Dhunter2', '/token;[removed]'],
      ['GET /token%2525253bhunter2', '/token;[removed]'],
      ['GET /token%25%33%42hunter2', '/token;[removed]'],
      ['GET /x/%65yJhunter2', '/x/[removed]'],
      ['GET /x/%2565%79Jhunter2.hunter2', '/x/[removed]'],
      ['GET /alice@example.org/a%20b/%C3%BC%3A', '/alice@example.org/a%20b/%C3%BC%3A']
    ] as const) {
      await sendRaw(url, `${target} HTTP/1.1\r\nHost: x\r\n${close}\r\n`)
      await program.logged(`hunter2|"url":"${logged.replace(/[[\]*]/g, '\\$&')}"`)
      t.notMatch(program.stderr, 'hunter2', target)
    }
  }
)

t.test('HTTP/1.0 works, also without a Host', async (t) => {
  t.match(await sendRaw(url, 'GET /version HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 .*"version"/s)
})

t.test('a missing or second Host, a second Content-Type and an odd Expect are refused', async (t) => {
  const post = (headers: string) => `POST /user HTTP/1.1\r\n${headers}${close}Content-Length: 2\r\n\r\n{}`
  for (const [headers, status, name] of [
    [json, 400, 'MalformedRequestError'],
    [`Host: x\r\nHost: x\r\n${json}`, 400, 'MalformedRequestError'],
    [`Host: x\r\nHost: evil\r\n${json}`, 400, 'MalformedRequestError'],
    [`Host: x\r\n${json}${json}`, 400, 'MalformedRequestError'],
    [`Host: x\r\n${json}content-type: text/plain\r\n`, 400, 'MalformedRequestError'],
    [`Host: x\r\nContent-Type: text/plain\r\n${json}`, 400, 'MalformedRequestError'],
    [`Host: x\r\n${json}Expect: 200-ok\r\n`, 417, 'ExpectationFailedError'],
    [`Host: x\r\n${json}Expect: \r\n`, 417, 'ExpectationFailedError']
  ] as const) {
    expectRefusal(t, await sendRaw(url, post(headers)), status, name, headers)
  }
  t.same(statuses(await sendRaw(url, post(`Host: x\r\n${json}Expect: 100-Continue\r\n`))), [100, 400])
  const nowhere = await sendRaw(url, `GET /nowhere HTTP/1.1\r\n${close}\r\n`)
  expectRefusal(t, nowhere, 400, 'MalformedRequestError', 'no Host, unknown path')
})

t.test('a second, different token is seen behind however many headers', async (t) => {
  const credentials = { user: 'two tokens', pass: 'hunter2' }
  await call(`${url}/user`, 'POST', credentials)
  const [one, two] = [
    await call(`${url}/token`, 'GET', credentials),
    await call(`${url}/token`, 'GET', credentials)
  ]
  const get = (second: string) =>
    sendRaw(
      url,
      `GET /user HTTP/1.1\r\nHost: x\r\nAuthorization: ${one.body}\r\n` +
        `${'a:\r\n'.repeat(2500)}Authorization: ${second}\r\n${close}\r\n`
    )
  t.same(statuses(await get(one.body)), [200])
  t.same(statuses(await get(two.body)), [204])
})

t.test(
  'TRACE, PUT and CONNECT are told which methods there are, and a CONNECT to elsewhere 404',
  async (t) => {
    for (const method of ['TRACE', 'PUT', 'CONNECT', 'OPTIONS']) {
      const request = `${method} /user HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer hunter2\r\n${close}\r\n`
      const answer = await sendRaw(url, request)
      expectRefusal(t, answer, 405, 'MethodNotAllowedError', method)
      t.match(answer, '\r\nallow: DELETE, GET, HEAD, PATCH, POST\r\n')
    }
    const elsewhere = await sendRaw(url, 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n')
    expectRefusal(t, elsewhere, 404, 'NotFoundError', 'CONNECT to elsewhere')
  }
)

t.test('a CONNECT waits for the answers before it, and may be reset', async (t) => {
  const { hostname, port } = new URL(url)
  const tunnel = 'CONNECT /user HTTP/1.1\r\nHost: x\r\n\r\nGARBAGE'
  const answers = await sendRaw(url, signUp('').request + signUp('').request + tunnel)
  t.same(statuses(answers), [201, 201, 405])
  for (const before of ['', signUp('').request]) {
    const socket = connect(Number(port), hostname)
    await new Promise((resolve) => socket.write(before + tunnel, resolve))
    socket.resetAndDestroy()
    t.equal((await call(`${url}/version`, 'GET', {})).status, 200)
  }
})

t.test('an upgrade to another protocol is not taken', async (t) => {
  const upgrade =
    'GET /version HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n'
  t.same(statuses(await sendRaw(url, upgrade)), [200])
})

t.test('a body in chunks, with an extension and a trailer, is a body', async (t) => {
  const payload = JSON.stringify({ user: 'chunked', pass: 'hunter2' })
  const chunks = `1;a=b\r\n{\r\n${(payload.length - 1).toString(16)}\r\n${payload.slice(1)}\r\n0\r\nA: b\r\n\r\n`
  const { request } = signUp(`Transfer-Encoding: chunked\r\n${close}`, chunks)
  t.same(statuses(await sendRaw(url, request)), [201])
  t.ok(await exists('chunked'))
})

t.test('requests on one connection are answered in their order', async (t) => {
  const slow = signUp('')
  const last = `GET /nowhere HTTP/1.1\r\nHost: x\r\n${close}\r\n`
  const answers = await sendRaw(url, `${slow.request}GET /user HTTP/1.1\r\nHost: x\r\n\r\n${last}`)
  t.same(statuses(answers), [201, 204, 404])
})

t.test('H2: a connection with 64 unanswered requests is served, and one with more is cut off', async (t) => {
  const { hostname, port } = new URL(url)
  const ask = 'GET /version HTTP/1.1\r\nHost: x\r\n\r\n'
  const last = `GET /version HTTP/1.1\r\nHost: x\r\n${close}\r\n`
  const count = (answers: string) => answers.split('HTTP/1.1 200').length - 1
  t.equal(count(await sendRaw(url, ask.repeat(63) + last)), 64)
  const socket = connect(Number(port), hostname)
  let answers = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    answers += text
  })
  const ended = once(socket, 'close').catch(() => {})
  socket.write(ask.repeat(400))
  await ended
  t.ok(count(answers) < 400)
  const agent = connect(Number(port), hostname)
  t.teardown(() => agent.destroy())
  // However many come one after the other.
  for (let index = 0; index < 100; index += 1) {
    agent.write(ask)
    await once(agent, 'data')
  }
  t.notOk(agent.destroyed)
})

t.test('a body that /forward-auth leaves unread is not taken for a request', async (t) => {
  const credentials = { user: 'forwarded', pass: 'hunter2' }
  await call(`${url}/user`, 'POST', credentials)
  const { body: token } = await call(`${url}/token`, 'GET', credentials)
  const hidden = signUp('')
  const length = `Content-Length: ${hidden.request.length}\r\n`
  const chunks = `${hidden.request.length.toString(16)}\r\n${hidden.request}\r\n0\r\n\r\n`
  const ask = (headers: string, body = '') =>
    `GET /forward-auth HTTP/1.1\r\nHost: x\r\nAuthorization: ${token}\r\n${headers}\r\n${body}`
  for (const [headers, body] of [
    [length, hidden.request],
    [json + length, hidden.request],
    [`${json}Transfer-Encoding: chunked\r\n`, chunks]
  ] as const) {
    t.same(statuses(await sendRaw(url, ask(headers, body) + ask(close))), [204, 204], headers)
  }
  t.notOk(await exists(hidden.user))
})

t.test('what follows a request and cannot be read is refused after it was answered', async (t) => {
  for (const garbage of ['NONSENSE\r\n\r\n', '"}', 'POST /user HTTP/1.1\r\nContent-Length: -1\r\n\r\n']) {
    const [one, two] = [signUp(''), signUp('')]
    const answers = await sendRaw(url, one.request + two.request + garbage.repeat(20))
    t.same(statuses(answers), [201, 201, 400])
    t.match(answers.slice(answers.lastIndexOf('HTTP/1.1')), '"error_name":"MalformedRequestError"')
    t.ok((await exists(one.user)) && (await exists(two.user)))
  }
})

t.test('a connection that is reset in the middle of a body writes nothing', async (t) => {
  const { hostname, port } = new URL(url)
  const { user, request } = signUp('Expect: 100-continue\r\n')
  const bodyStart = request.indexOf('{')
  const socket = connect(Number(port), hostname)
  socket.write(request.slice(0, bodyStart))
  await once(socket, 'data')
  socket.write(request.slice(bodyStart, -1))
  socket.resetAndDestroy()
  t.equal((await call(`${url}/version`, 'GET', {})).status, 200)
  t.notOk(await exists(user))
})

t.test('among a thousand connections on which nothing comes, a request is answered', async (t) => {
  const { hostname, port } = new URL(url)
  const sockets: Socket[] = []
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  for (let count = 0; count < 1000; count += 1) {
    const socket = connect(Number(port), hostname).on('error', () => {})
    sockets.push(socket)
    await once(socket, 'connect')
  }
  t.equal((await call(`${url}/version`, 'GET', {})).status, 200)
})

t.test('no secret is in the log, and the service is the one that was started', async (t) => {
  t.notMatch(program.stderr, /hunter2/)
  t.notMatch(program.stderr, /"level":[56]0/)
  t.equal(program.child.exitCode, null)
})
