import t from 'tap'
import { send, signIn, signUp, startService } from '../support/helper.js'
import { createVisitor } from '../support/visitor.js'

t.test('a user deletes the account, is signed out everywhere, and the name stays taken', async (t) => {
  const { app, log } = await startService(t)
  await signUp(app)
  const [here, elsewhere] = [createVisitor(app), createVisitor(app)]
  await here.signIn()
  await elsewhere.signIn()
  t.match((await here.get('/account/delete')).body, 'Your user name stays taken')

  const deleted = await here.post('/account/delete', { current_pass: 'wonderland' })
  t.equal(deleted.statusCode, 303)
  t.equal(deleted.headers.location, '/account/deleted')
  t.equal(here.session(), undefined)
  t.match((await here.get('/account/deleted')).body, 'Goodbye')
  t.equal((await here.get('/account')).statusCode, 303)
  t.equal((await elsewhere.get('/account')).statusCode, 303)
  await t.rejects(signIn(app), /UserDeactivated/)
  t.match((await send(app, 'POST', '/user', { user: 'alice', pass: 'wonderland' })).json(), {
    error_name: 'UserAlreadyExistsError'
  })
  t.match(log.join(''), /"audit":"deletion"[^\n]*"user":"alice"/)
})

t.test('no account is deleted without its password', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  const wrong = await visitor.post('/account/delete', { current_pass: 'guess-number-1' })
  t.equal(wrong.statusCode, 403)
  t.match(wrong.body, 'id="current_pass-error">This is not your current password.')
  const fieldLists: Record<string, string>[] = [{}, { current_pass: '' }]
  for (const fields of fieldLists) {
    const refused = await visitor.post('/account/delete', fields)
    t.equal(refused.statusCode, 400)
    t.match(refused.body, 'id="current_pass-error">Enter your current password.')
  }
  t.equal((await visitor.get('/account')).statusCode, 200)
})

t.test('nobody who has an account is told that it was deleted', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  const reply = await visitor.get('/account/deleted')
  t.equal(reply.statusCode, 303)
  t.equal(reply.headers.location, '/account')
})
