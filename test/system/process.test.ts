import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { temporaryFolder } from '../support/helper.js'
import { call, Program, refusal, serve, startRequest } from '../support/process.js'

t.test(
  'the thread pool is as large as the machine has cores, or as the operator has set',
  { skip: process.platform === 'linux' ? false : 'counts the threads in /proc' },
  async (t) => {
    const countThreads = async (environment: Environment) => {
      const program = serve(t, temporaryFolder(t), environment)
      await program.url()
      const { length } = readdirSync(`/proc/${program.child.pid}/task`)
      program.child.kill('SIGKILL')
      return length
    }
    const others = (await countThreads({ UV_THREADPOOL_SIZE: '1' })) - 1
    t.equal((await countThreads({})) - others, availableParallelism())
    t.equal((await countThreads({ UV_THREADPOOL_SIZE: '' })) - others, availableParallelism())
    t.equal((await countThreads({ UV_THREADPOOL_SIZE: '11' })) - others, 11)
  }
)

t.test(
  'on SIGTERM new connections are refused, what was accepted is answered, and acknowledged changes are on disk',
  async (t) => {
    const folder = temporaryFolder(t)
    const program = serve(t, folder, { POSTERN_HASH_MEMORY_KIB: '8192', POSTERN_HASH_ITERATIONS: '4' })
    const url = await program.url()
    const signUps = Array.from({ length: 30 }, (_, index) =>
      call(`${url}/user`, 'POST', { user: `user ${index}`, pass: 'x' })
    )
    const connection = await startRequest(url, '/user', '{"user":"slow","pass":"x"}')
    await Promise.any(signUps)
    program.child.kill('SIGTERM')
    await refusal(url)
    const answers = await connection.finish('GET /version HTTP/1.1\r\nHost: x\r\n\r\n')
    t.match(answers, /^HTTP\/1\.1 201 .*\r\nHTTP\/1\.1 200 .*\r\nconnection: close\r\n.*"version"/is)
    const replies = await Promise.all(signUps)
    t.ok(replies.every(({ status }) => status === 201))
    t.equal(await program.exit, 0)
    t.equal(JSON.parse(readFileSync(join(folder, 'data/users.json'), 'utf8')).users.length, 31)
  }
)

t.test(
  'the operator makes users while registration is closed, whether or not the service runs',
  async (t) => {
    const folder = temporaryFolder(t)
    const add = async (name: string, password: string, environment = {}) => {
      const settings = { POSTERN_REGISTRATION: 'closed', POSTERN_LOG_LEVEL: 'error', ...environment }
      const program = new Program(t, ['user', 'add', name], settings, folder)
      program.child.stdin.end(password)
      return { code: await program.exit, stdout: program.stdout, stderr: program.stderr }
    }
    t.same(await add('alice', 'wonderland\n'), {
      code: 0,
      stdout: `The user alice was made in ${join(folder, 'data')}.\n`,
      stderr: ''
    })
    t.match(await add('alice', 'x'), { code: 7, stderr: /^postern: The user name is taken\.\n$/ })
    t.match(await add('a\nb', 'x'), { code: 7, stderr: /^postern: user: [^\n]+\n$/ })
    t.match(await add('bob', ''), { code: 7, stderr: /^postern: pass: [^\n]+\n$/ })
    t.match(await add('bob', 'x', { POSTERN_STORE: 'memory' }), { code: 2, stderr: /keeps no users/ })

    const url = await serve(t, folder, { POSTERN_REGISTRATION: 'closed' }).url()
    t.equal((await call(`${url}/token`, 'GET', { user: 'alice', pass: 'wonderland' })).status, 200)
    t.equal((await call(`${url}/user`, 'POST', { user: 'bob', pass: 'builder' })).status, 403)
    t.match(await add('bob', 'builder'), { code: 0, stdout: /^The user bob was made in /, stderr: '' })
    t.equal((await call(`${url}/token`, 'GET', { user: 'bob', pass: 'builder' })).status, 200)
    t.match(await add('alice', 'x'), { code: 7, stderr: /^postern: The user name is taken\.\n$/ })
    const unreachable = await add('carol', 'x', { POSTERN_SOCKET: 'off' })
    t.match(unreachable, {
      code: 4,
      stderr: /^postern: [^\n]*is in use by another process[^\n]*POSTERN_SOCKET=off[^\n]*\n$/
    })
  }
)
