import t from 'tap'
import { bearer, send, signIn } from '../support/helper.js'
import { startOperatorPages } from '../support/operator-visitor.js'

t.test('an invitation is made with its link once, is listed without it, and is removed', async (t) => {
  const { app, visitor, audits, actor } = await startOperatorPages(t)
  const path = '/admin/pages/invitations'
  t.match((await visitor.get(path)).body, 'There are no open invitations.')
  const form = { user: 'bob', email: 'bob@example.org', groups: 'staff', expires_in: '86400' }
  const made = await visitor.post(`${path}/new`, form)
  t.match(made, { statusCode: 200, headers: { 'cache-control': 'no-store' } })
  const [link = ''] = /http[^"<]*\/link\/[\w-]+/.exec(made.body) ?? []
  t.match(audits().at(-1), { audit: 'invitation_made', actor, user: 'bob' })
  const list = (await visitor.get(path)).body
  t.match(list, '<bdi>bob@example.org</bdi>')
  t.notMatch(list, new URL(link).pathname)
  const removal = /href="([^"]*\/remove)"/.exec(list)?.[1] ?? ''
  t.match((await visitor.get(removal)).body, '<bdi>bob</bdi>')
  t.match(await visitor.post(removal), { statusCode: 303, headers: { location: path } })
  t.match(audits().at(-1), { audit: 'invitation_removed', actor })
  t.equal((await send(app, 'POST', new URL(link).pathname, { pass: 'wonderland' })).statusCode, 410)
  t.match(await visitor.post(removal), { statusCode: 404, body: /no such invitation/ })

  t.match(await visitor.post(`${path}/new`, { ...form, user: 'alice' }), {
    statusCode: 403,
    body: /id="user-error"/
  })
  t.match(await visitor.post(`${path}/new`, { ...form, groups: '-x' }), {
    statusCode: 400,
    body: /id="groups-error"/
  })
  const bad = await visitor.post(`${path}/new`, { ...form, expires_in: 'x' })
  t.match(bad, { statusCode: 400, body: /role="alert">Choose one of these/ })
})

t.test('an API key is made with its text once, has the chosen rights, and is removed', async (t) => {
  const { app, visitor, audits, actor } = await startOperatorPages(t)
  const path = '/admin/pages/api-keys'
  const form = { name: 'ci <b>', 'scope:users:read': 'on', 'scope:sessions': 'on', expires_in: '86400' }
  const made = await visitor.post(`${path}/new`, form)
  t.match(made, { statusCode: 200, headers: { 'cache-control': 'no-store' } })
  const [key = ''] = /pak_[0-9a-f]{16}_[0-9a-f]{64}/.exec(made.body) ?? []
  t.match(audits().at(-1), { audit: 'api_key_made', actor, detail: 'ci <b>: users:read, sessions' })
  t.notMatch(JSON.stringify(audits()), key)
  t.equal((await app.inject({ url: '/admin/users', headers: bearer(key) })).statusCode, 200)
  t.equal((await app.inject({ url: '/admin/api-keys', headers: bearer(key) })).statusCode, 403)
  const list = (await visitor.get(path)).body
  t.match(list, '<bdi>ci &lt;b&gt;</bdi>')
  t.notMatch(list, key)

  t.match(
    await visitor.post(`${path}/new`, form),
    { statusCode: 400, body: /id="name-error"/ },
    'a name twice'
  )
  const without = await visitor.post(`${path}/new`, { name: 'other', expires_in: '' })
  t.match(without, { statusCode: 400, body: /id="scopes-error"/ })
  t.match(without.body, 'value="other"')
  const forever = await visitor.post(`${path}/new`, { name: 'other', 'scope:all': 'on', expires_in: '' })
  t.equal(forever.statusCode, 200)
  t.notMatch(forever.body, 'It is good until')

  const removal = /href="([^"]*\/remove)"/.exec(list)?.[1] ?? ''
  t.match((await visitor.get(removal)).body, '<bdi>ci &lt;b&gt;</bdi>')
  t.match(await visitor.post(removal), { statusCode: 303, headers: { location: path } })
  t.match(audits().at(-1), { audit: 'api_key_removed', actor, detail: 'ci <b>' })
  t.equal((await app.inject({ url: '/admin/users', headers: bearer(key) })).statusCode, 401)
  t.equal((await visitor.get(removal)).statusCode, 404)
})

t.test('signing keys are rotated and retired in the words of the command', async (t) => {
  const { app, clock, visitor, audits, actor } = await startOperatorPages(t)
  const path = '/admin/pages/signing-keys'
  const token = await signIn(app)
  const { kid } = app.keys.signing
  t.notMatch((await visitor.get(path)).body, '/retire', 'the only key stays')
  t.match(await visitor.post(path), { statusCode: 303, headers: { location: path } })
  t.match(audits().at(-1), { audit: 'signing_key_made', actor })
  t.match((await visitor.get(path)).body, /<td>signs<\/td>[\s\S]*<td>signs from <time/)
  t.match(await visitor.post(path), { statusCode: 409, body: /role="alert">The signing keys cannot/ })
  clock.advance(300)
  t.match((await visitor.get(path)).body, /<td>verifies until <time/)
  t.match((await visitor.get(`${path}/${kid}/retire`)).body, 'are refused at once')
  t.match(await visitor.post(`${path}/${kid}/retire`), { statusCode: 303, headers: { location: path } })
  t.match(audits().at(-1), { audit: 'signing_key_retired', actor, detail: kid })
  t.equal((await send(app, 'GET', '/check', {}, { headers: bearer(token) })).statusCode, 400)
  t.match(await visitor.post(`${path}/${kid}/retire`), { statusCode: 404, body: /no such signing key/ })
  t.match(await visitor.post(`${path}/${app.keys.signing.kid}/retire`), { statusCode: 409 })
})

t.test('the pages are whole in every language', async (t) => {
  const { visitor, alice } = await startOperatorPages(t)
  const headings = new Set<string>()
  for (const language of ['en', 'de', 'fr', 'es', 'zh']) {
    for (const page of [
      'users',
      `users/${alice.uid}`,
      'users/new',
      'invitations/new',
      'api-keys/new',
      'signing-keys'
    ]) {
      const { statusCode, body } = await visitor.get(`/admin/pages/${page}?ui_locales=${language}`)
      t.equal(statusCode, 200)
      t.match(body, `<html lang="${language}">`)
      t.notMatch(body, 'undefined', `${language}: ${page}`)
      headings.add(/<h1><bdi>(.*)<\/bdi><\/h1>/.exec(body)?.[1] ?? '')
    }
  }
  t.equal(headings.size, 5 * 5 + 1, 'all but the name of the account')
})
