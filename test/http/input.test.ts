import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import {
  bearer,
  type Method,
  multipart,
  multipartType,
  send,
  signIn,
  signUp,
  startService
} from '../support/helper.js'

const json = { 'content-type': 'application/json' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }

t.test('JSON wins over the query string, the query string over the form', async (t) => {
  const { app } = await startService(t)
  await signUp(app, 'json', 'j')
  await signUp(app, 'query', 'q')
  const both = await app.inject({
    url: '/token?user=query&pass=q',
    headers: json,
    payload: '{"user":"json","pass":"j"}'
  })
  t.match(Buffer.from(both.body.split('.')[1] ?? '', 'base64url').toString(), '"user":"json"')
  const mixed = await app.inject({ url: '/token?user=query', headers: json, payload: '{"pass":"q"}' })
  t.equal(mixed.statusCode, 200)
  const formed = await app.inject({
    url: '/token?user=query&pass=q',
    headers: form,
    payload: 'user=json&pass=x'
  })
  t.match(Buffer.from(formed.body.split('.')[1] ?? '', 'base64url').toString(), '"user":"query"')
})

t.test(
  'a key repeated within the query string or the form is refused, a known one and an unknown one',
  async (t) => {
    const { app } = await startService(t)
    await signUp(app)
    for (const values of [
      'user=alice&user=alice&pass=wonderland',
      'user=alice&pass=wonderland&x=1&x=2',
      'us%65r=a&user=b'
    ]) {
      for (const response of [
        await app.inject(`/token?${values}`),
        await app.inject({ url: '/token', headers: form, payload: values })
      ]) {
        t.equal(response.statusCode, 400)
        t.match(response.json(), { error_name: 'MalformedRequestError', message: /more than once/ })
      }
    }
  }
)

t.test('what is no string is refused, and the argument is named', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  const headers = bearer(token)
  for (const value of [5, true, false, null, ['alice'], { a: 1 }]) {
    for (const [method, url, argument, values] of [
      ['POST', '/user', 'user', { user: value, pass: 'x' }],
      ['POST', '/user', 'pass', { user: 'bob', pass: value }],
      ['GET', '/token', 'user', { user: value, pass: 'x' }],
      ['GET', '/token', 'pass', { user: 'alice', pass: value }],
      ['PATCH', '/user', 'pass', { pass: value }],
      ['DELETE', '/refresh_token', 'refresh_token', { refresh_token: value }]
    ] as [Method, string, string, object][]) {
      const response = await app.inject({ method, url, headers, payload: values })
      t.equal(response.statusCode, 400)
      t.match(response.json(), {
        error_name: 'InvalidArgumentError',
        message: `${argument}: must be a string.`
      })
    }
    const check = await app.inject({ url: '/check', payload: { access_token: value } })
    t.equal(check.statusCode, 400)
    const user = await app.inject({ url: '/user', payload: { access_token: value } })
    t.equal(user.statusCode, 204)
    const patch = await app.inject({
      method: 'PATCH',
      url: '/user',
      payload: { access_token: value, pass: 'x' }
    })
    t.equal(patch.statusCode, 401)
  }
  t.ok(await signIn(app))
})

t.test('a missing or empty argument is refused, and named', async (t) => {
  const { app } = await startService(t)
  for (const [values, argument] of [
    [{}, 'user'],
    [{ user: 'alice' }, 'pass'],
    [{ pass: 'x' }, 'user'],
    [{ user: '', pass: 'x' }, 'user'],
    [{ user: 'alice', pass: '' }, 'pass']
  ] as [Record<string, string>, string][]) {
    const response = await send(app, 'POST', '/user', values)
    t.equal(response.statusCode, 400)
    t.match(response.json().message, `${argument}: `)
  }
})

t.test('unknown keys are ignored and never stored', async (t) => {
  const { app } = await startService(t)
  const values = {
    user: 'alice',
    pass: 'wonderland',
    isAdmin: 'true',
    uid: 'f'.repeat(32),
    hash: 'x',
    active: 'no',
    gen: '9'
  }
  t.equal((await send(app, 'POST', '/user', values)).statusCode, 201)
  const user = await app.store.findUserByName('alice')
  t.same(Object.keys(user ?? {}).sort(), ['createdAt', 'gen', 'hash', 'name', 'state', 'uid'])
  t.equal(user?.state, 'active')
  t.not(user?.uid, values.uid)
})

t.test('malformed JSON, or JSON that is no object, is refused without quoting it', async (t) => {
  const { app, log } = await startService(t)
  for (const payload of [
    '{"user":"alice","pass":"hunter2"',
    '{"user":"alice","pass":"hunter2",}',
    '{"user":"alice" /* hunter2 */}',
    '{"user":NaN,"pass":"hunter2"}',
    '{"user":"a","pass":"hunter2"}{"user":"b","pass":"x"}',
    '["hunter2"]',
    '"hunter2"',
    'null',
    '5',
    '',
    '\ufeff{"user":"alice","pass":"hunter2"}',
    Buffer.from('{"user":"alice","pass":"hunter2"}', 'utf16le'),
    Buffer.from('{"user":"al\xffce","pass":"hunter2"}', 'latin1'),
    '['.repeat(20_000),
    `{"user":${'{"a":'.repeat(8000)}1${'}'.repeat(8000)},"pass":"hunter2"}`
  ]) {
    const response = await app.inject({ method: 'POST', url: '/user', headers: json, payload })
    t.equal(response.statusCode, 400)
    t.notMatch(response.body, /hunter2/)
  }
  t.notMatch(log.join(''), /hunter2/)
  t.equal(await app.store.findUserByName('alice'), undefined)
})

t.test('lone surrogates and invalid UTF-8 never become a replacement character', async (t) => {
  const { app } = await startService(t)
  for (const [headers, payload] of [
    [json, '{"user":"\\ud800","pass":"x"}'],
    [json, '{"user":"alice","pass":"\\udfff"}'],
    [form, 'user=%ff&pass=x'],
    [form, 'user=%c3&pass=x'],
    [form, 'user=%ed%a0%80&pass=x'],
    [form, Buffer.from('user=al\xffce&pass=x', 'latin1')]
  ] as const) {
    t.equal((await app.inject({ method: 'POST', url: '/user', headers, payload })).statusCode, 400)
  }
  t.equal((await app.inject({ method: 'POST', url: '/user?user=%ff&pass=x' })).statusCode, 400)
})

t.test('a percent-escape that cannot be decoded is refused wherever it stands', async (t) => {
  const { app } = await startService(t)
  for (const text of ['user=%', 'user=%zz', 'user=a%2', '%zz=a', 'user=a&pass=x&other=%']) {
    t.equal((await app.inject({ method: 'POST', url: `/user?${text}` })).statusCode, 400)
    t.equal(
      (await app.inject({ method: 'POST', url: '/user', headers: form, payload: text })).statusCode,
      400
    )
  }
})

t.test(
  'a plus sign is a space in query string and form, and keys with brackets are unknown keys',
  async (t) => {
    const { app } = await startService(t)
    t.equal((await app.inject({ method: 'POST', url: '/user?user=a+b&pass=c+d' })).statusCode, 201)
    const payload = 'user=a%20b&pass=c%20d'
    t.equal((await app.inject({ url: '/token', headers: form, payload })).statusCode, 200)
    for (const text of ['user[]=x&pass=x', 'user[a]=x&pass=x', 'user.a=x&pass=x']) {
      const response = await app.inject({ method: 'POST', url: `/user?${text}` })
      t.equal(response.statusCode, 400)
      t.match(response.json().message, 'user: is missing')
    }
  }
)

t.test('an escaped NUL is refused in a name and in a token, and is a character of a password', async (t) => {
  const { app } = await startService(t)
  const post = (text: string) => [
    app.inject({ method: 'POST', url: `/user?${text}` }),
    app.inject({ method: 'POST', url: '/user', headers: form, payload: text })
  ]
  for (const response of await Promise.all(post('user=al%00ice&pass=x'))) t.equal(response.statusCode, 400)
  t.equal((await app.inject('/check?access_token=%00')).statusCode, 400)
  await Promise.all(post('user=alice&pass=a%00b'))
  t.ok(await signIn(app, 'alice', 'a\u0000b'))
  t.equal((await send(app, 'GET', '/token', { user: 'alice', pass: 'a' })).statusCode, 404)
})

t.test('a thousand keys are read, more are refused, in the query string, the form and JSON', async (t) => {
  const { app } = await startService(t)
  const keys = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`)
  const inQuery = (text: string) => app.inject(`/version?${text}`)
  const inForm = (payload: string) => app.inject({ url: '/version', headers: form, payload })
  const inJson = (names: string[]) =>
    app.inject({ url: '/version', payload: Object.fromEntries(names.map((name) => [name, ''])) })
  const many = keys(1000)
  for (const response of [
    await inQuery(many.join('&')),
    await inForm(many.join('&')),
    await inJson(many),
    await inForm(`${'&'.repeat(999)}`)
  ]) {
    t.equal(response.statusCode, 200)
  }
  // As many as fit into the 64 KiB of a body, or into the 16 KiB of an address.
  for (const response of [
    await inQuery(keys(1001).join('&')),
    await inQuery(keys(3000).join('&')),
    await inQuery('&'.repeat(15_000)),
    await inForm(keys(1001).join('&')),
    await inForm(keys(9000).join('&')),
    await inForm('&'.repeat(65_536)),
    await inJson(keys(1001)),
    await inJson(keys(5000))
  ]) {
    t.equal(response.statusCode, 400)
    t.match(response.json(), { error_name: 'MalformedRequestError', message: 'There are over 1000 keys.' })
  }
})

t.test('what is nested however deep under an unknown key is ignored', async (t) => {
  const { app } = await startService(t)
  for (const [open, close, depth] of [
    ['[', ']', 20_000],
    ['{"a":', '}', 10_000]
  ] as const) {
    const nested = `${open.repeat(depth)}1${close.repeat(depth)}`
    const payload = `{"x":${nested},"user":"${depth}","pass":"x"}`
    t.equal((await app.inject({ method: 'POST', url: '/user', headers: json, payload })).statusCode, 201)
  }
})

t.test('__proto__ and constructor are data as keys', async (t) => {
  const { app } = await startService(t)
  for (const payload of [
    '{"__proto__":{"user":"alice","pass":"x"}}',
    '{"constructor":{"prototype":{"user":"alice","pass":"x"}}}',
    '{"\\u005f_proto__":{"user":"alice","pass":"x"}}'
  ]) {
    const response = await app.inject({ method: 'POST', url: '/user', headers: json, payload })
    t.equal(response.statusCode, 400)
    t.match(response.json().message, 'user: is missing')
  }
  t.equal(
    (await app.inject({ method: 'POST', url: '/user?__proto__=a&constructor=b&user=alice&pass=x' }))
      .statusCode,
    201
  )
  t.equal((Object.prototype as { user?: string }).user, undefined)
})

t.test('no body and no content type is fine, a body of another type or of none is 415', async (t) => {
  const { app } = await startService(t)
  t.equal((await app.inject({ method: 'POST', url: '/user?user=alice&pass=x' })).statusCode, 201)
  for (const type of [
    'text/plain',
    'text/xml',
    'application/xml',
    'multipart/mixed; boundary=x',
    'application/jsonx',
    'application/json\ta',
    'application/json, text/plain',
    'text/plain, application/json',
    'application/x-www-form-urlencoded, application/json',
    'x',
    undefined
  ]) {
    const response = await app.inject({
      method: 'POST',
      url: '/user',
      headers: type === undefined ? {} : { 'content-type': type },
      payload: 'user=bob&pass=x'
    })
    t.equal(response.statusCode, 415)
    t.match(response.json(), { error_name: 'UnsupportedMediaTypeError' })
  }
  t.equal(await app.store.findUserByName('bob'), undefined)
})

t.test(
  'a charset other than UTF-8, and any content coding, is 415; UTF-8 and identity are fine',
  async (t) => {
    const { app } = await startService(t)
    const post = (headers: Record<string, string>, payload: string | Buffer) =>
      app.inject({ method: 'POST', url: '/user', headers, payload })
    let users = 0
    for (const [type, encode] of [
      ['application/json', (user: string) => JSON.stringify({ user, pass: 'x' })],
      ['application/x-www-form-urlencoded', (user: string) => `user=${user}&pass=x`],
      [
        multipartType,
        (user: string) =>
          multipart([
            ['user', user],
            ['pass', 'x']
          ])
      ]
    ] as const) {
      for (const parameters of [
        '; charset=iso-8859-1',
        ';charset="utf-16"',
        '; charset=utf-7',
        '; CHARSET=latin1',
        '; charset=utf-8; charset=latin1',
        '; charset=latin1; charset=utf-8',
        '; charset=utf-8x',
        '; charset="utf-8',
        '; charset =latin1',
        '; charset',
        "; charset*=utf-8''latin1",
        '; a="; charset=utf-8"; charset=latin1'
      ]) {
        const response = await post({ 'content-type': type + parameters }, encode('refused'))
        t.equal(response.statusCode, 415, parameters)
        t.match(response.json(), { error_name: 'UnsupportedMediaTypeError' })
      }
      for (const coding of ['gzip', 'br', 'deflate', 'x', 'identity, gzip', 'GZIP']) {
        for (const payload of [encode('refused'), gzipSync(encode('refused'))]) {
          const response = await post({ 'content-type': type, 'content-encoding': coding }, payload)
          t.equal(response.statusCode, 415, coding)
          t.equal(response.headers['accept-encoding'], 'identity')
        }
      }
      for (const headers of [
        { 'content-type': `${type}; charset=utf-8` },
        { 'content-type': `${type};charset="UTF-8"` },
        { 'content-type': `${type} ; Charset=Utf-8 ; a=b` },
        { 'content-type': type.replace(/^[^;]+/, (name) => name.toUpperCase()) },
        { 'content-type': type, 'content-encoding': 'Identity' }
      ]) {
        users += 1
        t.equal((await post(headers, encode(`user-${users}`))).statusCode, 201, headers['content-type'])
      }
    }
    t.equal(await app.store.findUserByName('refused'), undefined)
  }
)

t.test('C9: the text fields of multipart/form-data are arguments like those of a form', async (t) => {
  const { app } = await startService(t)
  const post = (payload: string | Buffer, type = multipartType, url = '/user') =>
    app.inject({ method: url === '/user' ? 'POST' : 'GET', url, headers: { 'content-type': type }, payload })
  const fields = multipart([
    ['user', 'J\u00fcrgen "J" \u{1f600}'],
    ['pass', 'a b\r\nc--d+%41 '],
    ['other', '']
  ])
  t.equal((await post(fields)).statusCode, 201)
  t.ok(await signIn(app, 'J\u00fcrgen "J" \u{1f600}', 'a b\r\nc--d+%41 '))
  const query = await post(fields, multipartType, '/token?pass=wrong')
  t.equal(query.statusCode, 404, 'the query wins over it')
  const form = new FormData()
  form.set('user', 'formdata')
  form.set('pass', 'x')
  const encoded = new Response(form)
  const type = encoded.headers.get('content-type') ?? ''
  t.equal((await post(Buffer.from(await encoded.arrayBuffer()), type)).statusCode, 201)
  const token = (await post(fields, multipartType, '/token')).body
  const check = await app.inject({
    url: '/check',
    headers: { 'content-type': multipartType },
    payload: multipart([['access_token', token]])
  })
  t.equal(check.statusCode, 200)
  t.equal((await post(multipart([]), multipartType, '/token?user=formdata&pass=x')).statusCode, 200)
})

t.test('C9: a file, a repeated key, and what is no such body are refused, and nothing is made', async (t) => {
  const { app, log } = await startService(t)
  const good = multipart([
    ['user', 'bob'],
    ['pass', 'x']
  ])
  const last = good.slice(good.lastIndexOf('\r\n--') + 2)
  const part = (headers: string, value: string | Buffer = 'x') =>
    Buffer.concat([
      Buffer.from(good.slice(0, -last.length) + last.slice(0, -4)),
      Buffer.from(`\r\n${headers}\r\n\r\n`),
      Buffer.from(value),
      Buffer.from(`\r\n${last}`)
    ])
  const disposition = 'Content-Disposition: form-data; name="a"'
  const many = Array.from({ length: 1001 }, (_, index): [string, string] => [String(index), ''])
  for (const [payload, status, message] of [
    [part(`${disposition}; filename="a.txt"`), 400, 'No argument is a file.'],
    [part(`${disposition}; filename=""`), 400, 'No argument is a file.'],
    [part(`${disposition}\r\nContent-Type: application/octet-stream`), 400, 'No argument is a file.'],
    [part('Content-Disposition: form-data; name="user"'), 400, 'A key is given more than once.'],
    [part('Content-Disposition: form-data'), 400, 'A part has no name that can be read.'],
    [part("Content-Disposition: form-data; name*=utf-8''%ff"), 400, 'A part has no name that can be read.'],
    [part(`${disposition}\r\nContent-Transfer-Encoding: base64`), 400, 'A part must not be encoded.'],
    [part(disposition, Buffer.from([0xff])), 400, 'The body is not valid UTF-8.'],
    [part(`${disposition}\r\nContent-Type: text/plain; charset=latin1`), 415, 'The body must be UTF-8.'],
    [part(`${disposition}\r\nContent-Type: text/plain;\r\n charset=utf-16`), 415, 'The body must be UTF-8.'],
    [`--${good}`.repeat(2).slice(0, -20), 400, /./],
    [good.slice(0, -8), 400, 'The body is not valid multipart/form-data.'],
    ['user=bob&pass=x', 400, 'The body is not valid multipart/form-data.'],
    ['', 400, 'The body is not valid multipart/form-data.']
  ] as [string | Buffer, number, string | RegExp][]) {
    const response = await app.inject({
      method: 'POST',
      url: '/user',
      headers: { 'content-type': multipartType },
      payload
    })
    t.equal(response.statusCode, status, String(payload).slice(-200))
    t.match(response.json(), { message })
  }
  const post = (type: string, payload: string) =>
    app.inject({ method: 'POST', url: '/user', headers: { 'content-type': type }, payload })
  const unbound = await post('multipart/form-data', good)
  t.equal(unbound.statusCode, 400)
  t.match(unbound.json(), { message: 'The body is not valid multipart/form-data.' })
  const [, boundary = ''] = multipartType.split('=')
  const over = await post('multipart/form-data; boundary=x', multipart(many).replaceAll(boundary, 'x'))
  t.equal(over.statusCode, 400)
  t.match(over.json(), { message: 'There are over 1000 keys.' })
  t.equal(await app.store.findUserByName('bob'), undefined)
  t.notMatch(log.join(''), '"level":50')
})

t.test('C9: in the value of a field nothing is a header, a boundary or a part', async (t) => {
  const { app } = await startService(t)
  const pass = `a\r\nContent-Type: text/plain; charset=latin1\r\n\r\n${'\r\n--x'.repeat(1100)}`
  const fields = multipart([
    ['user', 'alice'],
    ['pass', pass.slice(0, 1024)],
    ['other', pass]
  ])
  const headers = { 'content-type': multipartType.replace(/=(.*)/, '="$1"; a=b') }
  const response = await app.inject({ method: 'POST', url: '/user', headers, payload: fields })
  t.equal(response.statusCode, 201)
  t.ok(await signIn(app, 'alice', pass.slice(0, 1024)))
})

t.test('C9: at /oauth it is 415, with a file in it or without', async (t) => {
  const { app } = await startService(t)
  const fields = multipart([['token', 'x']])
  for (const payload of [fields, fields.replace('name="token"', 'name="token"; filename="a"')]) {
    for (const url of ['/oauth/token', '/oauth/introspect', '/oauth/revoke']) {
      const headers = { 'content-type': multipartType }
      const response = await app.inject({ method: 'POST', url, headers, payload })
      t.equal(response.statusCode, 415)
      t.match(response.json(), { error_description: 'The body must be application/x-www-form-urlencoded.' })
    }
  }
})

t.test('a body of 64 KiB is read, one of a byte more is 413, of known length or in chunks', async (t) => {
  for (const [headers, head, tail] of [
    [json, '{"user":"alice","pass":"x","padding":"', '"}'],
    [form, 'user=alice&pass=x&padding=', ''],
    [
      { 'content-type': multipartType },
      ...(multipart([
        ['user', 'alice'],
        ['pass', 'x'],
        ['padding', '|']
      ]).split('|') as [string, string])
    ]
  ] as const) {
    for (const isChunked of [false, true]) {
      const { app } = await startService(t)
      const post = (bytes: number) => {
        const text = head + 'p'.repeat(bytes - head.length - tail.length) + tail
        const payload = isChunked ? Readable.from([text.slice(0, 40_000), text.slice(40_000)]) : text
        return app.inject({ method: 'POST', url: '/user', headers, payload })
      }
      const over = await post(65_537)
      t.equal(over.statusCode, 413)
      t.match(over.json(), { error_name: 'PayloadTooLargeError' })
      t.equal((await post(65_536)).statusCode, 201)
    }
  }
})

t.test('a request is one log line at level info, and none above', async (t) => {
  for (const [level, lines] of [
    ['info', 1],
    ['warn', 0],
    ['silent', 0]
  ] as const) {
    const settings = {
      POSTERN_LOG_LEVEL: level,
      POSTERN_HASH_MEMORY_KIB: '',
      POSTERN_HASH_ITERATIONS: '',
      POSTERN_PASSWORD_MIN_LENGTH: '15'
    }
    const { app, log } = await startService(t, settings)
    await app.inject({ url: '/check', headers: { 'x-request-id': 'forged' } })
    t.equal(log.length, lines)
    if (lines === 1)
      t.match(JSON.parse(log.join('')), { req: { method: 'GET', url: '/check' }, status: 400, ms: Number })
    t.notMatch(log.join(''), 'forged')
  }
})

t.test('L13: an argument in a path is not logged, however it came there', async (t) => {
  const { app, log } = await startService(t)
  for (const url of [
    '/token;pass=hunter2',
    '/token;user=alice;pass=hunter2?pass=hunter2',
    '/token&pass=hunter2',
    '/token%3Bpass=hunter2',
    '/token%3fpass%3dhunter2',
    '/token/pass=hunter2',
    '/token;hunter2',
    'http://x/token;pass=hunter2'
  ]) {
    log.length = 0
    await app.inject({ url, headers: { host: 'x' } })
    t.match(log.join(''), /"url":"\/token[^"]*\[removed\]/, url)
    t.notMatch(log.join(''), 'hunter2', url)
  }
})

t.test(
  'no password, token or hash is in a log line, an error or a reply, query strings included',
  async (t) => {
    const { app, log } = await startService(t)
    const token = await signUp(app, 'alice', 'secret-one')
    const replies = []
    for (const by of ['json', 'form', 'query'] as const) {
      const headers = bearer(token)
      replies.push(await send(app, 'GET', '/token', { user: 'alice', pass: 'secret-two' }, { by }))
      replies.push(await send(app, 'POST', '/user', { user: 'alice', pass: 'secret-three' }, { by }))
      replies.push(await send(app, 'GET', '/check', { access_token: `${token}x` }, { by }))
      replies.push(
        await send(app, 'DELETE', '/refresh_token', { refresh_token: `${token}y` }, { by, headers })
      )
      replies.push(await send(app, 'GET', '/token', { user: `${token}z` }, { by }))
      replies.push(await send(app, 'GET', '/nowhere', { password: 'secret-four', [token]: '' }, { by }))
    }
    replies.push(await app.inject(`/${token}`))
    replies.push(await app.inject(`/check/${token}?pass=secret-five`))
    const { hash = 'no hash' } = (await app.store.findUserByName('alice')) ?? {}
    const said = [...log, ...replies.map(({ body, headers }) => body + JSON.stringify(headers))].join('\n')
    for (const secret of [/secret-/, token.split('.')[2] ?? '', token.split('.')[1] ?? '', hash])
      t.notMatch(said, secret)
    t.match(said, 'user=[removed]')
  }
)
