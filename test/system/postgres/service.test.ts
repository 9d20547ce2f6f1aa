import { randomBytes } from 'node:crypto'
import t from 'tap'
import { send, signIn, signUp, temporaryFolder } from '../../support/helper.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { startOnDatabase } from '../../support/postgres-service.js'

const storageKey = randomBytes(32).toString('base64')

t.test('the service on a database', { skip: skipWithoutPostgres }, async (t) => {
  const server = await startPostgres(t)

  const settingsOf = async (name: string) => ({
    POSTERN_DATA_DIR: temporaryFolder(t),
    POSTERN_DATABASE_URL: await server.createDatabase(name),
    POSTERN_STORAGE_KEY: storageKey
  })

  t.test('two instances on one database are one service', async (t) => {
    const settings = await settingsOf('two')
    const [one, other] = await Promise.all([startOnDatabase(t, settings), startOnDatabase(t, settings)])
    const token = await signUp(one.app)
    const headers = { authorization: `Bearer ${token}` }
    t.equal((await send(other.app, 'GET', '/check', {}, { headers })).statusCode, 200, 'there is one key')
    const tokenThere = await signIn(other.app)
    t.equal(
      (await send(one.app, 'GET', '/check', {}, { headers: { authorization: `Bearer ${tokenThere}` } }))
        .statusCode,
      200
    )
  })

  t.test(
    'a clock that differs from that of the database is warned of, and stops the start from 30 seconds on',
    async (t) => {
      const settings = await settingsOf('clocks')
      for (const [seconds, direction] of [
        [20, 'ahead of'],
        [-20, 'behind']
      ] as const) {
        const { log } = await startOnDatabase(t, settings, () => Date.now() + seconds * 1000)
        t.match(log.join(''), `the clock of this machine is 20 seconds ${direction} that of the database`)
      }
      const { log } = await startOnDatabase(t, settings)
      t.notMatch(log.join(''), 'the clock of this machine')
      for (const seconds of [40, -40]) {
        const start = startOnDatabase(t, settings, () => Date.now() + seconds * 1000)
        await t.rejects(start, { name: 'StartupError', exitCode: 1, message: /40 seconds/ })
      }
    }
  )

  t.test('an empty database hides no accounts of a data folder, unless that is said', async (t) => {
    const settings = await settingsOf('left')
    const onFolder = { POSTERN_STORE: 'file', POSTERN_DATA_DIR: settings.POSTERN_DATA_DIR }
    const before = await startOnDatabase(t, onFolder)
    await startOnDatabase(t, settings).then(({ app }) => app.close())
    await signUp(before.app)
    const hidden = { name: 'StartupError', exitCode: 2, message: /postern store copy/ }
    await t.rejects(startOnDatabase(t, settings), hidden, 'an account in the journal')
    await before.app.close()
    await t.rejects(startOnDatabase(t, settings), hidden, 'an account in users.json')
    const { app } = await startOnDatabase(t, { ...settings, POSTERN_STORE: 'postgres' })
    await signUp(app, 'bob')
    await startOnDatabase(t, settings)
  })

  t.test(
    'while the database is away the service says so within 2 seconds, and goes on by itself',
    async (t) => {
      const own = await startPostgres(t)
      const settings = {
        ...(await settingsOf('away')),
        POSTERN_DATABASE_URL: await own.createDatabase('away')
      }
      const { app } = await startOnDatabase(t, settings)
      const token = await signUp(app)
      await own.stop('SIGKILL')
      const begun = performance.now()
      const replies = await Promise.all([
        send(app, 'GET', '/token', { user: 'alice', pass: 'wonderland' }),
        send(app, 'POST', '/user', { user: 'bob', pass: 'builder' }),
        app.inject('/health/ready')
      ])
      t.ok(performance.now() - begun < 2000)
      for (const { statusCode, headers } of replies.slice(0, 2)) {
        t.match({ statusCode, headers }, { statusCode: 503, headers: { 'retry-after': /^\d+$/ } })
      }
      t.equal(replies[2]?.statusCode, 503)
      for (const url of ['/health/live', '/version', '/pubkey', '/.well-known/jwks.json']) {
        t.equal((await app.inject(url)).statusCode, 200, url)
      }
      await own.start()
      const back = performance.now()
      while ((await app.inject('/health/ready')).statusCode !== 200) {
        if (performance.now() - back > 2000) return t.fail('it has not recovered within 2 seconds')
      }
      const headers = { authorization: `Bearer ${token}` }
      t.equal((await send(app, 'GET', '/check', {}, { headers })).statusCode, 200)
      t.equal((await send(app, 'POST', '/user', { user: 'bob', pass: 'builder' })).statusCode, 201)
    }
  )
})
