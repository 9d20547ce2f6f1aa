import t from 'tap'
import { normaliseUserName } from '../../src/accounts/user-name.js'
import { createId } from '../../src/ids.js'
import type { User } from '../../src/store/store.js'
import {
  decodePart,
  normalisedLengths,
  send,
  signIn,
  signUp,
  startService,
  temporaryFolder
} from '../support/helper.js'

const cafe = { nfc: 'caf\u00e9', nfd: 'cafe\u0301' }

t.test('names are compared by their NFC form, and by nothing else', async (t) => {
  const { app } = await startService(t)
  await signUp(app, cafe.nfd, 'wonderland')
  t.ok(await signIn(app, cafe.nfc, 'wonderland'))
  t.equal((await app.store.findUserByName(cafe.nfc))?.name, cafe.nfc)
  const again = await send(app, 'POST', '/user', { user: cafe.nfc, pass: 'x' })
  t.equal(again.statusCode, 403)
  for (const other of ['Caf\u00e9', `a ${cafe.nfc}`, 'cafe', '\uff43af\u00e9']) await signUp(app, other, 'x')
})

t.test('hostile names are names, literally, and survive a restart', async (t) => {
  const environment = { POSTERN_STORE: 'file', POSTERN_DATA_DIR: temporaryFolder(t) }
  const { app } = await startService(t, environment)
  const names = [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'null',
    'undefined',
    '0',
    '../../etc/passwd',
    "'; DROP TABLE users; --",
    '<script>alert(1)</script>',
    '$' + '{7*7}',
    '%00',
    'a\\nb',
    'a b',
    '.',
    'eyJ.eyJ.x',
    '日本語',
    'Ελλάδα',
    'עברית',
    '👩‍👩‍👧',
    '❤️',
    '👍🏽',
    'क्‍ष',
    'می‌خواهم'
  ]
  const uids = new Set()
  for (const name of names) {
    const token = await signUp(app, name, 'x')
    const { user, uid } = (await send(app, 'GET', '/check', { access_token: token })).json()
    t.equal(user, name.normalize('NFC'))
    uids.add(uid)
  }
  t.equal(uids.size, names.length)
  await app.close()
  const { app: again } = await startService(t, environment)
  for (const name of names) t.ok(await signIn(again, name, 'x'), name)
  await again.close()
})

t.test(
  'control, invisible, text direction and unassigned characters are refused, at sign-up and at sign-in',
  async (t) => {
    const { app } = await startService(t)
    for (const name of [
      'a\u0000b',
      'a\nb',
      'a\r\n{"level":30,"msg":"forged"}',
      'a\tb',
      '\u001b[31mred',
      '\u007f',
      '\u0085',
      '\u009b',
      'a\u202eb',
      'a\u202ab',
      'a\u2066b',
      'a\u200eb',
      'a\u061cb',
      'a\u200bb',
      'a\u200db',
      'a\u200cb',
      '\u200d',
      'alice\u200d',
      'a\u2060b',
      'a\ufeffb',
      'a\u00adb',
      'a\u034fb',
      '\u3164',
      'a\ufe0fb',
      'a\u{e0061}b',
      'a\u180eb',
      'a\u2028b',
      'a\u2029b',
      'a\ue000b',
      'a\ufffeb',
      'a\u0378b',
      '👩\u200da',
      'a\u200d👩'
    ]) {
      for (const [method, url] of [
        ['POST', '/user'],
        ['GET', '/token']
      ] as const) {
        const response = await send(app, method, url, { user: name, pass: 'x' })
        t.equal(response.statusCode, 400, encodeURIComponent(name))
        t.match(response.json(), { error_name: 'InvalidArgumentError', message: /^user: / })
      }
    }
  }
)

t.test('a name is 1 to 255 characters long, counted after NFC', (t) => {
  t.equal(normaliseUserName('x'.repeat(255)).length, 255)
  t.equal(normaliseUserName('e\u0301'.repeat(255)), '\u00e9'.repeat(255))
  t.equal(normaliseUserName('😀'.repeat(255)).length, 510)
  const refusal = { name: 'InvalidArgumentError', message: 'user: must be 1 to 255 characters long.' }
  t.throws(() => normaliseUserName('x'.repeat(256)), refusal)
  t.throws(() => normaliseUserName('😀'.repeat(256)), refusal)
  t.throws(() => normaliseUserName(''), refusal)
  t.end()
})

t.test('L6: a new name looks like itself; an account that has another keeps it and logs in', async (t) => {
  const { app } = await startService(t)
  const known = await signUp(app).then(() => app.store.findUserByName('alice'))
  for (const name of [
    ' ',
    'bob ',
    ' bob',
    '\u2800',
    'bob\u2800',
    '\u3000',
    'bob\u3000',
    'a\u00a0b',
    'a\u2003b',
    '\ufffd',
    'b\ufffdb',
    '\u0301',
    '\u0301bob',
    '\u20ddx'
  ]) {
    const label = encodeURIComponent(name)
    const response = await send(app, 'POST', '/user', { user: name, pass: 'wonderland' })
    t.equal(response.statusCode, 400, label)
    t.match(response.json(), { error_name: 'InvalidArgumentError', message: /^user: must not begin/ })
    await t.rejects(app.accounts.ensureUser({ name, password: 'x' }), { name: 'InvalidArgumentError' })
    const uid = createId()
    await app.store.createUser({ ...(known as User), uid, name })
    t.equal(decodePart(await signIn(app, name), 1).uid, uid, label)
    t.equal((await app.accounts.ensureUser({ name, password: 'x' })).isNew, false, label)
  }
  for (const name of ['a b', 'e\u0301', 'a-b', '\u{1f600}', 'क्ष']) await signUp(app, name)
})

t.test('H1: no name and no password is normalised that is over four times its limit', async (t) => {
  const { app } = await startService(t)
  const token = await signUp(app)
  const lengths = normalisedLengths(t)
  const marks = 'a\u0315'.padEnd(16_000, '\u0315') + '\u0316'.repeat(16_000)
  for (const [method, url, values] of [
    ['POST', '/user', { user: marks, pass: 'x' }],
    ['POST', '/user', { user: 'bob', pass: marks }],
    ['GET', '/token', { user: marks, pass: 'x' }],
    ['GET', '/token', { user: 'alice', pass: marks }],
    ['PATCH', '/user', { pass: marks, access_token: token }],
    ['POST', '/oauth/token', { grant_type: 'password', username: marks, password: 'x' }],
    ['POST', '/oauth/token', { grant_type: 'password', username: 'alice', password: marks }]
  ] as const) {
    // As a form the marks are over the limit of a body.
    const isOAuth = url.startsWith('/oauth')
    const short = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, isOAuth ? value.slice(0, 9000) : value])
    )
    const { statusCode, body } = await send(app, method, url, short, { by: isOAuth ? 'form' : 'json' })
    t.equal(statusCode, 400, `${method} ${url}`)
    t.match(body, 'long')
  }
  t.throws(() => normaliseUserName(marks), { name: 'InvalidArgumentError' })
  t.ok(lengths.every((length) => length <= 4 * 1024))
})
