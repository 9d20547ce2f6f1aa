import t from 'tap'
import { callDeadline } from '../../../src/store/postgres/connection.js'
import { startInstance } from '../../support/postgres-instances.js'
import { recovery } from '../../support/postgres-outages.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { call } from '../../support/process.js'
import { startTcpProxy } from '../../support/tcp-proxy.js'

// As long as a call would take that waited a second time. A busy machine takes its time beside the one wait.
const secondWait = 2 * callDeadline

const account = { user: 'alice', pass: 'wonderland' }
const client = { client_id: 'api', client_secret: 'a-long-long-secret' }

/** Calls with many steps, and the answer to each while the database is there. */
const calls: readonly [title: string, path: string, values: Record<string, string>, status: number][] = [
  [
    'a sign-in',
    '/oauth/token',
    { grant_type: 'password', username: 'alice', password: 'wonderland', ...client },
    200
  ],
  [
    'a wrong password',
    '/oauth/token',
    { grant_type: 'password', username: 'alice', password: 'wrong', ...client },
    400
  ]
]

t.test(
  'a call waits once for a database that is lost in its midst',
  { skip: skipWithoutPostgres },
  async (t) => {
    const server = await startPostgres(t)
    const url = await server.createDatabase('lost')
    const proxy = await startTcpProxy(t, server.port)
    const instance = await startInstance(t, url.replace(`:${server.port}/`, `:${proxy.port}/`), {
      // Heartbeats would be questions, too.
      POSTERN_DATABASE_DIRECT_URL: url,
      POSTERN_OAUTH_CLIENTS: `${client.client_id}:${client.client_secret}`,
      POSTERN_LOGIN_MAX_FAILURES: '1000'
    })
    await call(`${instance.url}/user`, 'POST', account)

    for (const [title, path, values, status] of calls) {
      t.test(title, async (t) => {
        for (let questions = 0; ; questions += 1) {
          proxy.blackHole(questions)
          const began = performance.now()
          const answer = await call(instance.url + path, 'POST', values)
          const duration = performance.now() - began
          proxy.heal()
          if (answer.status === status) {
            t.ok(questions > 0, `it asks the database ${questions} times`)
            return
          }
          t.equal(answer.status, 503, `lost after ${questions} answers`)
          t.ok(duration < secondWait, `${Math.round(duration)} ms`)
          await recovery([instance])
        }
      })
    }
  }
)
