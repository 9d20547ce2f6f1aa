import t from 'tap'
import { signUp, startService } from '../support/helper.js'
import { createVisitor } from '../support/visitor.js'

t.test('a page by a session that was judged too long ago is refused', async (t) => {
  const { app } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  t.equal((await visitor.get('/account')).statusCode, 200)
  const { find } = app.browserSessions
  const freshness = { isCurrent: () => false }
  app.browserSessions.find = async (value) => {
    const session = await find(value)
    return session && { ...session, freshness }
  }
  const refused = await visitor.get('/account')
  t.equal(refused.statusCode, 503)
  t.notMatch(refused.body, 'Your account')
  freshness.isCurrent = () => true
  t.equal((await visitor.get('/account')).statusCode, 200)
})
