import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { send, signIn, signUp, temporaryFolder } from '../../support/helper.js'
import { skipWithoutPgBouncer, startPgBouncer } from '../../support/pgbouncer.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { startOnDatabase } from '../../support/postgres-service.js'

const skip = skipWithoutPostgres || skipWithoutPgBouncer

t.test('behind PgBouncer in transaction mode', { skip }, async (t) => {
  const server = await startPostgres(t)
  const urlOf = await startPgBouncer(t, server)

  /** Two instances behind the pooler. */
  async function startTwo(t: Test, name: string, isDirect: boolean) {
    const direct = await server.createDatabase(name)
    const settings = {
      POSTERN_DATA_DIR: temporaryFolder(t),
      POSTERN_DATABASE_URL: urlOf(name),
      POSTERN_STORAGE_KEY: randomBytes(32).toString('base64'),
      ...(isDirect && { POSTERN_DATABASE_DIRECT_URL: direct })
    }
    return [await startOnDatabase(t, settings), await startOnDatabase(t, settings)] as const
  }

  async function requireOneService(t: Test, [one, other]: Awaited<ReturnType<typeof startTwo>>) {
    const first = await signUp(one.app)
    const check = async (token: string) =>
      (await send(other.app, 'GET', '/check', { access_token: token })).statusCode
    for (let round = 0; round < 3; round += 1) {
      const token = await signIn(one.app)
      t.equal(await check(token), 200)
      t.equal((await send(one.app, 'POST', '/oauth/revoke', { token }, { by: 'form' })).statusCode, 200)
      const revoked = performance.now()
      while ((await check(token)) === 200) {
        if (performance.now() - revoked > 1000) return t.fail('a revoked token is accepted for too long')
      }
    }
    t.equal(await check(first), 200)
    const many = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        send(index % 2 === 0 ? one.app : other.app, 'POST', '/user', {
          user: `user${index}`,
          pass: 'wonderland'
        })
      )
    )
    for (const { statusCode } of many) t.equal(statusCode, 201)
  }

  t.test('two instances are one service, and hear of changes by the direct connection', async (t) => {
    const instances = await startTwo(t, 'direct', true)
    await requireOneService(t, instances)
    for (const { log } of instances) t.notMatch(log.join(''), 'no notification of the database arrives')
  })

  t.test('without a direct connection changes are seen in time by the heartbeats', async (t) => {
    await requireOneService(t, await startTwo(t, 'pooled', false))
  })
})
