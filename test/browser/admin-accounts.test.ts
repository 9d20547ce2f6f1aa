import t from 'tap'
import { setUpFactor } from '../support/factors.js'
import { bearer, refreshToken, send, signIn, signUp } from '../support/helper.js'
import {
  changeUser,
  editFields,
  makeUser,
  requireUser,
  startOperatorPages
} from '../support/operator-visitor.js'
import { createVisitor } from '../support/visitor.js'

t.test('accounts are found by name, display name, e-mail address and group, page by page', async (t) => {
  const { app, visitor } = await startOperatorPages(t)
  for (let index = 0; index < 60; index += 1) await signUp(app, `bob${String(index).padStart(2, '0')}`)
  await changeUser(app, 'bob07', {
    email: 'bob@example.org',
    displayName: 'Robert',
    groups: ['staff'],
    state: 'disabled'
  })
  const names = async (query: string) => {
    const { body } = await visitor.get(`/admin/pages/users?${query}`)
    return [...body.matchAll(/\/admin\/pages\/users\/[0-9a-f]{32}"><bdi>([^<]*)/g)].map(([, name]) => name)
  }
  t.same(
    await names('by=q&text=bob1'),
    Array.from({ length: 10 }, (_, index) => `bob1${index}`)
  )
  t.same(await names('by=email&text=BOB%40example.org'), ['bob07'])
  t.same(await names('by=display_name&text=Rob'), ['bob07'])
  t.same(await names('by=group&text=%20staff%20'), ['bob07'])
  t.same(await names('by=q&text=bob0&state=disabled'), ['bob07'])
  t.same(await names('by=nonsense&text=alice'), ['alice'])

  const first = await visitor.get('/admin/pages/users?by=q&text=bob')
  const next = /href="(\/admin\/pages\/users\?[^"]*cursor=[^"]*)"/
    .exec(first.body)?.[1]
    ?.replaceAll('&amp;', '&')
  const second = await visitor.get(String(next))
  t.match(second.body, '<bdi>bob59</bdi>')
  t.notMatch(second.body, 'Next page')
  t.match(second.body, 'href="/admin/pages/users?by=q&amp;text=bob&amp;state="')
  t.match((await visitor.get('/admin/pages/users?by=q&text=zoe')).body, 'No account matches.')
  const empty = await visitor.get('/admin/pages/users?state=deleted')
  t.match(empty.body, 'The next page may have some.')
  t.equal((await visitor.get('/admin/pages/users?cursor=x')).statusCode, 400)
  t.equal((await visitor.get('/admin/pages/users?state=gone')).statusCode, 400)
})

t.test('an account is made with an invitation, a password or neither', async (t) => {
  const { app, visitor, audits, actor } = await startOperatorPages(t)
  const members = {
    display_name: 'Bob',
    email: 'bob@example.org',
    email_verified: 'on',
    groups: 'staff\r\nops, staff',
    claims: '{"team": "red"}',
    expires_at: '2031-12-24T18:00',
    external_id: 'b-1'
  }
  const invited = await visitor.post('/admin/pages/users/new', { user: 'bob', way: 'invite', ...members })
  t.match(invited, { statusCode: 200, headers: { 'cache-control': 'no-store' } })
  const [link = ''] = /http[^"<]*\/link\/[\w-]+/.exec(invited.body) ?? []
  const bob = await requireUser(app, 'bob')
  t.match(bob, {
    displayName: 'Bob',
    email: 'bob@example.org',
    emailVerified: true,
    groups: ['ops', 'staff'],
    claims: { team: 'red' },
    expiresAt: Date.UTC(2031, 11, 24, 18) / 1000,
    externalId: 'b-1'
  })
  t.match(audits().at(-1), { audit: 'account_created', actor, user: 'bob' })
  const spent = await send(app, 'POST', new URL(link).pathname, { pass: 'a new password' })
  t.equal(spent.statusCode, 200)
  await signIn(app, 'bob', 'a new password')

  const made = await visitor.post('/admin/pages/users/new', {
    user: 'carol',
    way: 'pass',
    pass: 'wonderland'
  })
  const { uid } = await requireUser(app, 'carol')
  t.match(made, { statusCode: 303, headers: { location: `/admin/pages/users/${uid}?done=1` } })
  await signIn(app, 'carol')
  await visitor.post('/admin/pages/users/new', { user: 'dave', way: 'none', pass: 'ignored' })
  t.equal((await requireUser(app, 'dave')).hash, undefined)
})

t.test('a mistake in a new account is told beside its field, and all but the password is kept', async (t) => {
  const { visitor, app } = await startOperatorPages(t, { POSTERN_PASSWORD_MIN_LENGTH: '8' })
  await makeUser(app)
  await changeUser(app, 'bob', { email: 'bob@example.org', externalId: 'b-1' })
  const mistakes: [field: string, form: Record<string, string>][] = [
    ['user', { user: '' }],
    ['user', { user: 'bob' }],
    ['user', { user: ' zoe' }],
    ['email', { email: 'nonsense' }],
    ['email', { email: 'BOB@example.org' }],
    ['display_name', { display_name: 'x'.repeat(256) }],
    ['groups', { groups: 'staff\nno:\u00e9' }],
    ['claims', { claims: '{' }],
    ['claims', { claims: '[1]' }],
    ['claims', { claims: '{"sub": 1}' }],
    ['claims', { claims: JSON.stringify({ text: 'x'.repeat(5000) }) }],
    ['expires_at', { expires_at: '2031-02-31T10:00' }],
    ['expires_at', { expires_at: 'soon' }],
    ['external_id', { external_id: 'b-1' }],
    ['pass', { way: 'pass', pass: 'short' }],
    ['pass', { way: 'pass', pass: '' }]
  ]
  for (const [field, form] of mistakes) {
    const sent = { user: 'zoe', way: 'none', display_name: 'Z <b>', ...form }
    const reply = await visitor.post('/admin/pages/users/new', sent)
    t.ok(reply.statusCode === 400 || reply.statusCode === 403, `${field}: ${reply.statusCode}`)
    t.match(reply.body, `<p class="error" id="${field}-error">`, JSON.stringify(form).slice(0, 60))
    t.equal(reply.body.match(/class="error"/g)?.length, 1)
    t.notMatch(reply.body, /Please try again|short"/)
    const kept = editFields(reply.body)
    t.equal(kept.user, sent.user)
    t.equal(kept.display_name, sent.display_name)
  }
  const unplaced = await visitor.post('/admin/pages/users/new', {
    user: 'zoe',
    way: 'none',
    email_verified: 'on'
  })
  t.match(unplaced, { statusCode: 400, body: /role="alert">Only an address can be verified/ })
  t.equal(await app.store.findUserByName('zoe'), undefined)
})

t.test('only what a form changes of an account is changed, and the audit tells it', async (t) => {
  const { app, visitor, audits, actor } = await startOperatorPages(t)
  const { uid } = await makeUser(app)
  await changeUser(app, 'bob', {
    email: 'bob@example.org',
    emailVerified: true,
    groups: ['ops', 'staff'],
    claims: { team: 'red', nested: { a: 1, b: [null] } },
    expiresAt: 1_955_000_001
  })
  const path = `/admin/pages/users/${uid}/edit`
  const fields = editFields((await visitor.get(path)).body)
  const before = await requireUser(app, 'bob')
  t.equal((await visitor.post(path, fields)).statusCode, 303)
  t.same(await requireUser(app, 'bob'), before, 'nothing is changed')

  const claims = '{"nested": {"b": [null], "c": {"__proto__": 1}}}'
  await visitor.post(path, { ...fields, display_name: 'Bob', groups: 'staff', claims })
  const after = await requireUser(app, 'bob')
  t.match(after, { displayName: 'Bob', groups: ['staff'], emailVerified: true, expiresAt: 1_955_000_001 })
  t.equal(JSON.stringify(after.claims), '{"nested":{"b":[null],"c":{"__proto__":1}}}')
  t.match(audits().at(-1), {
    audit: 'account_changed',
    actor,
    user: 'bob',
    detail: 'display_name, groups, claims'
  })

  const again = editFields((await visitor.get(path)).body)
  const cleared = { user: 'robert', email: '', groups: '', claims: '', expires_at: '', display_name: '' }
  t.equal((await visitor.post(path, { ...again, ...cleared })).statusCode, 303)
  const robert = await requireUser(app, 'robert')
  for (const member of ['email', 'emailVerified', 'groups', 'claims', 'expiresAt', 'displayName']) {
    t.notOk(member in robert, member)
  }
  const kept = editFields((await visitor.get(path)).body)
  for (const claims of ['{"a": null}', `${'{"a":'.repeat(3500)}1${'}'.repeat(3500)}`]) {
    const refused = await visitor.post(path, { ...kept, claims })
    t.match(refused, { statusCode: 400, body: /id="claims-error"/ }, claims.slice(0, 12))
  }
})

t.test('a changed address is not verified, unless the box is ticked for it', async (t) => {
  const { app, visitor } = await startOperatorPages(t)
  const { uid } = await makeUser(app)
  const path = `/admin/pages/users/${uid}/edit`
  const save = async (changes: Record<string, string>) => {
    const fields = editFields((await visitor.get(path)).body)
    await visitor.post(path, { ...fields, ...changes })
    return (await requireUser(app, 'bob')).emailVerified === true
  }
  t.equal(await save({ email: 'bob@example.org', email_verified: 'on' }), true)
  t.equal(await save({ email: 'bob@example.net' }), false)
  t.equal(await save({ email_verified: 'on' }), true)
})

t.test('a lost race shows the form again with what somebody else has changed', async (t) => {
  const { app, visitor } = await startOperatorPages(t)
  const { uid } = await makeUser(app)
  const path = `/admin/pages/users/${uid}/edit`
  const fields = editFields((await visitor.get(path)).body)
  await changeUser(app, 'bob', { email: 'new@example.org', displayName: 'Robert' })
  const lost = await visitor.post(path, { ...fields, display_name: 'Bob', external_id: 'b-1' })
  t.equal(lost.statusCode, 412)
  t.match(lost.body, /<ul><li>Display name<\/li><li>E-mail address<\/li><\/ul>/)
  t.match(lost.body, 'It is now: Robert')
  const merged = editFields(lost.body)
  t.match(merged, { display_name: 'Bob', external_id: 'b-1', email: 'new@example.org' })
  t.match(await requireUser(app, 'bob'), { displayName: 'Robert' })
  t.equal((await visitor.post(path, merged)).statusCode, 303)
  t.match(await requireUser(app, 'bob'), { displayName: 'Bob', externalId: 'b-1', email: 'new@example.org' })

  const now = editFields((await visitor.get(path)).body)
  await changeUser(app, 'bob', { state: 'disabled' })
  const other = await visitor.post(path, { ...now, display_name: 'B' })
  t.match(other, { statusCode: 412, body: /role="alert">The account has changed meanwhile/ })
  t.equal((await visitor.post(path, { ...merged, version: '' })).statusCode, 412)
})

t.test('a password is set, or a link is given that sets one', async (t) => {
  const { app, visitor, audits, actor } = await startOperatorPages(t, { POSTERN_PASSWORD_MIN_LENGTH: '8' })
  const { uid } = await makeUser(app)
  const path = `/admin/pages/users/${uid}`
  const short = await visitor.post(`${path}/password`, { pass: 'hunter2' })
  t.match(short, { statusCode: 400, body: /id="pass-error"/ })
  t.notMatch(short.body, 'hunter2')
  t.equal((await visitor.post(`${path}/password`, { pass: 'a new password' })).statusCode, 303)
  t.match(audits().at(-1), { audit: 'account_changed', actor, detail: 'pass' })
  await signIn(app, 'bob', 'a new password')

  const given = await visitor.post(`${path}/password-link`, { expires_in: '1800' })
  t.equal(given.statusCode, 200)
  const [link = ''] = /http[^"<]*\/link\/[\w-]+/.exec(given.body) ?? []
  t.match(audits().at(-1), { audit: 'password_link_made', actor })
  t.match((await visitor.get(path)).body, /Password link ends<\/dt><dd><time/)
  t.notMatch(JSON.stringify(audits()), new URL(link).pathname.slice(6))
  t.equal((await send(app, 'POST', new URL(link).pathname, { pass: 'by the link' })).statusCode, 200)
  await signIn(app, 'bob', 'by the link')
  t.equal((await visitor.post(`${path}/password-link`, { expires_in: '999999999' })).statusCode, 400)
})

t.test('sessions of browsers and of applications are listed, and each is ended', async (t) => {
  const { app, visitor, audits, actor } = await startOperatorPages(t)
  const { uid } = await makeUser(app)
  const browser = createVisitor(app)
  await browser.signIn('bob')
  const token = await signIn(app, 'bob')
  await refreshToken(app, token)
  const path = `/admin/pages/users/${uid}`
  const { body } = await visitor.get(path)
  const ends = [...body.matchAll(/action="([^"]*\/sessions\/[^"]*\/end)"/g)].map(([, end]) => String(end))
  t.equal(ends.length, 2)
  t.match(body, /<td>browser<\/td>/)
  t.match(body, /<td>application<\/td>/)
  t.equal((await visitor.post(String(ends[0]))).statusCode, 303)
  t.match(audits().at(-1), { audit: 'sessions_ended', actor, user: 'bob', detail: 'one session' })
  t.equal((await browser.get('/account')).statusCode, 303)
  t.match(await visitor.post(String(ends[0])), { statusCode: 404, body: /ended already/ })
  t.equal((await visitor.post(`${path}/sign-out`)).statusCode, 303)
  t.equal((await send(app, 'GET', '/check', {}, { headers: bearer(token) })).statusCode, 400)
  t.match((await visitor.get(path)).body, 'There are no sessions.')
})

t.test('an account is disabled, enabled, deleted, and purged by its name', async (t) => {
  const { app, visitor, audits, actor } = await startOperatorPages(t)
  const { uid } = await makeUser(app)
  const path = `/admin/pages/users/${uid}`
  const state = async () => (await app.store.findUserById(uid))?.state
  await visitor.post(`${path}/state`, { state: 'disabled' })
  t.equal(await state(), 'disabled')
  t.match((await visitor.get(path)).body, 'value="active">Enable')
  await visitor.post(`${path}/state`, { state: 'active' })
  t.equal(await state(), 'active')
  t.equal((await visitor.post(`${path}/state`, {})).statusCode, 400)
  t.match((await visitor.get(`${path}/delete`)).body, 'The record and the name stay')
  await visitor.post(`${path}/delete`)
  t.equal(await state(), 'deleted')

  const wrong = await visitor.post(`${path}/purge`, { user: 'alice' })
  t.match(wrong, { statusCode: 400, body: /id="user-error">This is not the name/ })
  t.equal(await state(), 'deleted')
  t.match(await visitor.post(`${path}/purge`, { user: 'bob' }), { statusCode: 303 })
  t.match(audits().at(-1), { audit: 'account_purged', actor, user: 'bob' })
  t.equal((await visitor.get(path)).statusCode, 404)
  t.equal(
    (await visitor.post('/admin/pages/users/new', { user: 'bob', way: 'none' })).statusCode,
    403,
    'reserved'
  )
})

t.test('a second factor is removed after a question', async (t) => {
  const { app, clock, visitor, audits, actor } = await startOperatorPages(t)
  const { uid } = await makeUser(app)
  await setUpFactor(app, clock, await signIn(app, 'bob'))
  const path = `/admin/pages/users/${uid}`
  t.match((await visitor.get(path)).body, `href="${path}/second-factor"`)
  t.match((await visitor.get(`${path}/second-factor`)).body, 'a thief asks for the same')
  t.equal((await visitor.post(`${path}/second-factor`)).statusCode, 303)
  t.match(audits().at(-1), { actor, user: 'bob', detail: 'second_factor' })
  t.notMatch((await visitor.get(path)).body, `href="${path}/second-factor"`)
  await signIn(app, 'bob')
})

t.test('the pages warn before the last member of postern-admins goes, and no other', async (t) => {
  const { app, visitor, alice } = await startOperatorPages(t)
  const { uid } = await makeUser(app)
  const warning = 'This is the only active member of postern-admins.'
  const paths = ['', '/edit', '/delete', '/purge']
  for (const path of paths)
    t.match((await visitor.get(`/admin/pages/users/${alice.uid}${path}`)).body, warning)
  for (const path of paths) t.notMatch((await visitor.get(`/admin/pages/users/${uid}${path}`)).body, warning)
  await changeUser(app, 'bob', { groups: ['postern-admins'] })
  t.notMatch((await visitor.get(`/admin/pages/users/${alice.uid}`)).body, warning)
})

t.test('the form of an account that the users file keeps says so, and its password is refused', async (t) => {
  const { app, visitor } = await startOperatorPages(t)
  const { uid } = await makeUser(app)
  const path = `/admin/pages/users/${uid}`
  t.notMatch((await visitor.get(`${path}/edit`)).body, 'The users file')
  await changeUser(app, 'bob', { managedBy: 'file', appliedPassword: 'sha256:x' })
  t.match((await visitor.get(path)).body, 'kept by the users file')
  t.match((await visitor.get(`${path}/edit`)).body, 'The users file of the service keeps this account')
  const refused = await visitor.post(`${path}/password`, { pass: 'a new password' })
  t.match(refused, { statusCode: 403, body: /id="pass-error">The users file/ })
  const link = await visitor.post(`${path}/password-link`, { expires_in: '1800' })
  t.match(link, { statusCode: 403, body: /The users file/ })
  t.notMatch(link.body, '/link/')
})

t.test('no name, group, address or claim is HTML on a page', async (t) => {
  const { app, visitor } = await startOperatorPages(t)
  const evil = "\"><script>alert(1)</script><img src=x onerror='alert(1)'>"
  await signUp(app, evil)
  const { uid } = await changeUser(app, evil, {
    displayName: evil,
    groups: [evil],
    claims: { [evil]: evil },
    externalId: evil,
    email: evil
  })
  const bad = createVisitor(app)
  await bad.post(
    '/sign-in',
    { user: evil, pass: 'wonderland' },
    { 'sec-fetch-site': 'same-origin', 'user-agent': evil }
  )
  const path = `/admin/pages/users/${uid}`
  for (const page of [
    '/admin/pages/users',
    path,
    `${path}/edit`,
    `${path}/password`,
    `${path}/delete`,
    `${path}/purge`
  ]) {
    const { statusCode, body } = await visitor.get(page)
    t.equal(statusCode, 200, page)
    t.match(body, '&lt;script&gt;')
    t.notMatch(body, /<script>|<img|onerror='/, page)
  }
  const typed = await visitor.post('/admin/pages/users/new', {
    user: evil,
    display_name: evil,
    claims: evil,
    text: evil
  })
  t.notMatch(typed.body, /<script>|<img/)
  t.notMatch(
    (await visitor.get(`/admin/pages/users?by=q&text=${encodeURIComponent(evil)}`)).body,
    /<script>|<img/
  )
  t.notMatch((await visitor.get('/admin/pages/signing-keys/%22%3E%3Cscript%3E/retire')).body, '<script>')
})
