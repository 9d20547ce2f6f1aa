import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { temporaryFolder } from '../support/helper.js'
import { call, callOn, readiness, serve, until } from '../support/process.js'

const canRun = (command: string) => spawnSync(command, ['-V']).status === 0
const pass = 'wonderland'

/** Connections on which nothing is sent, closed after the test at the latest. */
function openSockets(t: Test, url: string, count: number) {
  const { hostname, port } = new URL(url)
  const sockets = Array.from({ length: count }, () =>
    // The server may cut it off, which is for the test to see.
    connect(Number(port), hostname).on('error', () => {})
  )
  const close = () => {
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(close)
  return close
}

t.test(
  'with no file descriptor left nothing crashes, and nothing that was acknowledged is lost; with some again all works',
  { skip: canRun('prlimit') ? false : 'needs prlimit' },
  async (t) => {
    const folder = temporaryFolder(t)
    const limit = 64
    const settings = { POSTERN_LOG_LEVEL: 'error' }
    const program = serve(t, folder, settings, { under: ['prlimit', `--nofile=${limit}:${limit}`] })
    const url = await program.url()
    const { pid } = program.child
    const descriptors = () => readdirSync(`/proc/${pid}/fd`).length
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.teardown(() => agent.destroy())
    const statusOf = async (method: string, path: string, values: Record<string, string> = {}) =>
      (await callOn(agent, `${url}${path}`, method, values)).status
    t.equal(await statusOf('GET', '/version'), 200)
    const atRest = descriptors()
    await until(() => readFileSync(`/proc/${pid}/maps`, 'utf8').includes('argon2'))

    const closeFirst = openSockets(t, url, 200)
    await until(() => descriptors() >= limit)
    t.equal(await statusOf('GET', '/version'), 200)
    t.match(await callOn(agent, `${url}/user`, 'POST', { user: 'alice', pass }), {
      status: 503,
      body: '"error_name":"StoreUnavailableError"'
    })
    await program.logged('EMFILE')
    t.equal(await statusOf('GET', '/token', { user: 'alice', pass }), 404)
    t.equal(await statusOf('GET', '/health/ready'), 503)
    // All that looks at the process once a second has done so.
    await after(2500)
    t.equal(await statusOf('GET', '/version'), 200)

    closeFirst()
    await until(() => descriptors() <= atRest)
    await readiness(url)
    t.equal(await statusOf('POST', '/user', { user: 'alice', pass }), 201)

    openSockets(t, url, 200)
    await until(() => descriptors() >= limit)
    t.equal(await statusOf('POST', '/user', { user: 'bob', pass }), 201, 'the journal is open')
    t.equal(await statusOf('GET', '/token', { user: 'bob', pass }), 200)
    program.child.kill('SIGKILL')
    await program.exit
    const again = await serve(t, folder, settings).url()
    for (const user of ['alice', 'bob'])
      t.equal((await call(`${again}/token`, 'GET', { user, pass })).status, 200)
  }
)

t.test(
  'while a slow disk has changes wait, all that changes nothing is answered',
  { skip: canRun('strace') ? false : 'needs strace' },
  async (t) => {
    const folder = realpathSync(temporaryFolder(t))
    const microseconds = 1_000_000
    const slowed = ['-e', 'trace=fdatasync', '-e', `inject=fdatasync:delay_exit=${microseconds}`]
    const under = ['strace', '-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', ...slowed]
    const url = await serve(t, folder, { POSTERN_LOG_LEVEL: 'error' }, { under }).url()
    await call(`${url}/user`, 'POST', { user: 'carol', pass })
    const { body: token } = await call(`${url}/token`, 'GET', { user: 'carol', pass })
    const journal = join(folder, 'data/users.1.journal')
    const { size } = statSync(journal)

    let isAnswered = false
    const signUps = Promise.all(
      Array.from({ length: 10 }, (_, number) => call(`${url}/user`, 'POST', { user: `user ${number}`, pass }))
    ).finally(() => {
      isAnswered = true
    })
    await until(() => statSync(journal).size > size)
    const statuses: number[] = []
    while (!isAnswered) {
      statuses.push((await call(`${url}/check`, 'GET', { access_token: token })).status)
      statuses.push((await call(`${url}/version`, 'GET', {})).status)
      statuses.push((await call(`${url}/token`, 'GET', { user: 'carol', pass })).status)
    }
    // Calls that waited for the disk would be a handful.
    t.ok(statuses.length > 20, `${statuses.length} answers before that to the sign-ups`)
    t.same(new Set(statuses), new Set([200]))
    for (const { status } of await signUps) t.equal(status, 201)
  }
)

t.test(
  'on SIGTERM at 200 requests a second all that was accepted is answered, and no acknowledged sign-up is lost',
  async (t) => {
    const folder = temporaryFolder(t)
    const program = serve(t, folder, { POSTERN_LOG_LEVEL: 'info' })
    const url = await program.url()
    await call(`${url}/user`, 'POST', { user: 'carol', pass })
    const { body: access_token } = await call(`${url}/token`, 'GET', { user: 'carol', pass })
    const requests = [
      () => callOn(false, `${url}/version`, 'GET'),
      () => callOn(false, `${url}/check`, 'GET', { access_token }),
      (number: number) => callOn(false, `${url}/user`, 'POST', { user: `user ${number}`, pass })
    ]

    const acknowledged = ['carol']
    const errors = new Set<string>()
    const statuses: number[] = [201, 200]
    const replies: Promise<void>[] = []
    const send = async (number: number) => {
      try {
        const { status } = (await requests[number % 3]?.(number)) ?? { status: 0 }
        statuses.push(status)
        if (status === 201) acknowledged.push(`user ${number}`)
      } catch (error) {
        errors.add((error as NodeJS.ErrnoException).code ?? String(error))
      }
    }
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        replies.push(send(replies.length))
        if (replies.length === 200) program.child.kill('SIGTERM')
        if (!errors.has('ECONNREFUSED')) return
        clearInterval(timer)
        resolve()
      }, 5)
    })
    await Promise.all(replies)
    t.equal(await program.exit, 0)

    t.ok(statuses.length > 100)
    t.same(new Set(statuses), new Set([200, 201]))
    // A connection that nobody had taken yet when it was closed is reset.
    for (const error of errors) t.ok(['ECONNREFUSED', 'ECONNRESET'].includes(error), error)
    const logged = program.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg === 'request answered')
    t.same(
      logged.map(({ status }) => status).sort(),
      statuses.sort(),
      'no request was begun and not answered'
    )

    const { users } = JSON.parse(readFileSync(join(folder, 'data/users.json'), 'utf8'))
    t.same(users.map(({ name }: { name: string }) => name).sort(), acknowledged.sort())
    const again = await serve(t, folder).url()
    const last = acknowledged.at(-1) as string
    t.equal((await call(`${again}/token`, 'GET', { user: last, pass })).status, 200)
  }
)
