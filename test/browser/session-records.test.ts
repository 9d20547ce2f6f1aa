import { cpSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { signUp, startService, temporaryFolder } from '../support/helper.js'
import { createVisitor } from '../support/visitor.js'

const day = 86_400

t.test('at the limit a browser that signs in again pushes out no other one', async (t) => {
  const { app } = await startService(t, { POSTERN_MAX_SESSIONS: '3' })
  await signUp(app)
  const visitors = [createVisitor(app), createVisitor(app), createVisitor(app)]
  for (const visitor of visitors) await visitor.signIn()
  const [first, second, third] = visitors
  await second?.signIn()
  for (const visitor of [first, second, third]) t.equal((await visitor?.get('/account'))?.statusCode, 200)
})

t.test('a browser that is used each day stays signed in over a crash', async (t) => {
  const folder = temporaryFolder(t)
  const { app, clock } = await startService(t, { POSTERN_STORE: 'file', POSTERN_DATA_DIR: folder })
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  for (let days = 0; days < 20; days += 1) {
    clock.advance(day)
    t.equal((await visitor.get('/account')).statusCode, 200)
  }
  // As the disk is when the process is killed.
  const copy = join(temporaryFolder(t), 'data')
  cpSync(folder, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') })
  const after = await startService(t, { POSTERN_STORE: 'file', POSTERN_DATA_DIR: copy })
  after.clock.advance(21 * day)
  const returned = createVisitor(after.app, visitor.cookies)
  t.equal((await returned.get('/account')).statusCode, 200)
  after.clock.advance(15 * day)
  t.equal((await returned.get('/account')).statusCode, 303, 'and an idle one does not')
})

t.test('a password that another instance took a moment ahead is a fresh one', async (t) => {
  const { app, clock } = await startService(t)
  await signUp(app)
  const visitor = createVisitor(app)
  await visitor.signIn()
  clock.set(-3)
  t.equal((await visitor.post('/account/second-factor/new')).statusCode, 200)
  clock.set(-60)
  t.equal((await visitor.post('/account/second-factor/new')).statusCode, 303, 'but not one from the future')
})
