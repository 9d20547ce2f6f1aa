import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { createLineFormat } from '../../src/server/readable-log.js'
import { temporaryFolder } from '../support/helper.js'
import { call, serve } from '../support/process.js'

const entry = { level: 30, time: Date.UTC(2030, 0, 1), pid: 1, hostname: 'box' }
const read = (values: object, hasColours = false) =>
  createLineFormat(hasColours)(`${JSON.stringify({ ...entry, ...values })}\n`)
const untimed = (line: string) => line.replace(/^\d\d:\d\d:\d\d /, '')

t.test('each kind of entry is one readable line', (t) => {
  const req = {
    id: 'req-1',
    method: 'GET',
    url: '/token?user=[removed]',
    address: '127.0.0.1',
    user: 'alice'
  }
  const lines: [object, string][] = [
    [{ req, status: 200, ms: 40, msg: 'request answered' }, 'GET /token?user=[removed] 200 40 ms alice'],
    [
      {
        req: { ...req, user: undefined, address: '192.0.2.1' },
        status: 404,
        ms: 0.3,
        msg: 'request refused'
      },
      'GET /token?user=[removed] 404 0.3 ms from 192.0.2.1'
    ],
    [
      {
        level: 40,
        audit: 'login_failed',
        address: '192.0.2.1',
        user: 'bob',
        detail: 'No.',
        msg: 'login failed'
      },
      'warning login failed: bob from 192.0.2.1 (No.)'
    ],
    [{ audit: 'sign_up', address: null, user: 'bob', msg: 'signed up' }, 'signed up: bob'],
    [{ kids: ['a', 'b'], msg: 'the keys have changed' }, 'the keys have changed kids=["a","b"]'],
    [{ level: 60, msg: 'x' }, 'fatal x']
  ]
  for (const [values, line] of lines) t.equal(untimed(read(values)), `${line}\n`)
  t.match(read({ msg: 'x' }), /^\d\d:\d\d:\d\d x\n$/)
  t.end()
})

t.test('an error has its stack below it', (t) => {
  const err = { type: 'Error', message: 'no\u001b[2J', stack: 'Error: no\u001b[2J\n    at x.js:1:1' }
  t.equal(
    untimed(read({ level: 50, err, msg: 'the request failed' })),
    'error the request failed\n  Error: no\\u{1b}[2J\n      at x.js:1:1\n'
  )
  t.end()
})

t.test('text of a client neither controls the terminal nor passes for another line or address', (t) => {
  const name = 'a\u001b]0;title\u0007\r\nGET\u009b2J \u202etxt'
  for (const values of [
    { audit: 'login_failed', address: '192.0.2.1', user: name, detail: name, msg: 'login failed' },
    { req: { method: 'GET', url: name, address: name, user: name }, status: 404, ms: 1, msg: 'x' },
    { [name]: name, msg: name },
    { msg: 'x', err: { message: name.replace('\n', '') } }
  ]) {
    const lines = read(values)
    t.notMatch(lines.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u)
    t.equal(lines.split('\n').length, 'err' in values ? 3 : 2)
  }
  t.match(read({ audit: 'login', user: 'a from 10.0.0.1', msg: 'logged in' }), /: "a from 10\.0\.0\.1"\n$/)
  t.match(
    read({ audit: 'admin_read', actor: 'key:a from 10.0.0.1', msg: 'read' }),
    / read by "key:a from 10\.0\.0\.1"\n$/
  )
  t.ok(read({ audit: 'login', user: 'x'.repeat(255), msg: 'logged in' }).length < 120)
  for (const text of ['\u001b[2J no JSON', '7', 'null']) {
    t.notMatch(createLineFormat(false)(`${text}\n`).trimEnd(), /\p{Cc}/u)
  }
  t.end()
})

t.test('colours are escape sequences of ours alone', (t) => {
  const line = read({ level: 40, msg: 'x\u001b[31m' }, true)
  t.not(stripVTControlCharacters(line), line)
  t.notMatch(stripVTControlCharacters(line), /\p{Cc}(?!$)/u)
  t.match(line, 'x\\u{1b}[31m')
  t.end()
})

t.test(
  'POSTERN_LOG_FORMAT=pretty writes readable lines; auto writes JSON where there is no terminal',
  async (t) => {
    const readable = serve(t, temporaryFolder(t), { POSTERN_LOG_FORMAT: 'pretty' })
    const url = await readable.url()
    const alice = { user: 'alice', pass: 'wonderland' }
    await call(`${url}/user`, 'POST', alice)
    const { body: token } = await call(`${url}/token`, 'GET', alice)
    await call(`${url}/refresh_token`, 'GET', {}, token)
    await call(`${url}/token`, 'GET', { user: token })
    readable.child.kill('SIGTERM')
    await readable.exit
    t.match(readable.stderr, /^\d\d:\d\d:\d\d POST \/user 201 [\d.]+ ms alice$/m)
    t.match(readable.stderr, /^\d\d:\d\d:\d\d logged in: alice$/m)
    t.match(readable.stderr, /^\d\d:\d\d:\d\d GET \/token\?\S+ 200 [\d.]+ ms alice$/m)
    t.match(readable.stderr, /^\d\d:\d\d:\d\d GET \/refresh_token\S* 200 [\d.]+ ms alice$/m)
    t.match(readable.stderr, /^\d\d:\d\d:\d\d GET \/token\?\S+ 400 [\d.]+ ms$/m)
    t.notMatch(readable.stderr, /wonderland|eyJ|\{/)

    const json = serve(t, temporaryFolder(t))
    await json.url()
    json.child.kill('SIGTERM')
    await json.exit
    for (const line of json.stderr.trim().split('\n')) t.equal(JSON.parse(line).pid, json.child.pid)
  }
)
