import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createServer } from '../../../src/server/server.js'
import { cheap, signUp, temporaryFolder } from '../../support/helper.js'
import { queryOnce, skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'

const requester = { address: '203.0.113.9' }
const credentials = { name: 'alice', password: 'wonderland' }

t.test('sessions of browsers in the database', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)
  const settings = {
    ...cheap,
    POSTERN_STORE: '',
    POSTERN_DATA_DIR: temporaryFolder(t),
    POSTERN_DATABASE_URL: await server.createDatabase('browsers'),
    POSTERN_STORAGE_KEY: randomBytes(32).toString('base64')
  }

  async function startInstance() {
    const app = createServer({ environment: settings, clock: Date.now }, { write() {} })
    t.teardown(() => app.close())
    await app.ready()
    return app
  }

  const [one, two] = [await startInstance(), await startInstance()]
  await signUp(one)
  const begin = async () =>
    one.browserSessions.begin(await one.signIn.atOnce(credentials, requester), requester)

  t.test('a session that begins at one instance is found at another, and ends at both at once', async (t) => {
    const value = await begin()
    const session = await two.browserSessions.find(value)
    t.match(session, { user: { name: 'alice' }, session: { kind: 'browser' } })
    t.equal(session?.freshness?.isCurrent(), true)
    for (const _ of ['read', 'remembered']) t.ok(await one.browserSessions.find(value))
    if (session !== undefined) await two.browserSessions.end(session, requester)
    for (const app of [two, one]) t.equal(await app.browserSessions.find(value), undefined)
  })

  t.test(
    'a password change at one instance ends the sessions at the other, but for the next one',
    async (t) => {
      const [value, other] = [await begin(), await begin()]
      const former = await one.browserSessions.find(value)
      t.ok(await two.browserSessions.find(other))
      if (former === undefined) throw new Error('there is no session')
      const change = { password: credentials.password }
      const user = await one.accounts.changePassword(former.presented, change, requester)
      const next = await one.browserSessions.replace(former, user, requester)
      for (const old of [value, other]) t.equal(await two.browserSessions.find(old), undefined)
      t.ok(await two.browserSessions.find(next))
    }
  )

  t.test(
    'the table that release 0.5.0 knows has no browser, and its changes end browsers’ sessions',
    async (t) => {
      const value = await begin()
      const query = async (text: string) => await queryOnce(settings.POSTERN_DATABASE_URL, text)
      t.same(await query(`SELECT id FROM postern.sessions WHERE record->>'kind' IS NOT NULL`), [])
      t.same(await query('SELECT sum(sessions)::integer AS count FROM postern.session_counts'), [
        { count: 0 }
      ])
      // As the changes of that release raise it: they do not know the other table.
      await query('UPDATE postern.users SET gen = gen + 1, version = version + 1')
      t.equal(await (await startInstance()).browserSessions.find(value), undefined)
    }
  )

  t.test('the store has nothing by which a session could be presented', async (t) => {
    const value = await begin()
    const rows = await queryOnce(settings.POSTERN_DATABASE_URL, 'SELECT * FROM postern.browser_sessions')
    t.ok(rows.length > 0)
    t.notMatch(JSON.stringify(rows), value)
  })
})
