import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { storedNames, temporaryFolder } from '../support/helper.js'
import { call, type Program, serve } from '../support/process.js'

const skip = spawnSync('strace', ['-V']).status === 0 ? false : 'needs strace'

/**
 * Starts the service with system calls on one path failing, each at its time. strace counts the calls of each thread for
 * itself, so that there must be only one that accesses files.
 */
function serveWithFaults(t: Test, folder: string, path: string, faults: Record<string, string>) {
  const injections = Object.entries(faults).flatMap(([call, when]) => [
    '-e',
    `inject=${call}:error=EIO:when=${when}`
  ])
  const trace = `trace=${Object.keys(faults)}`
  const tracer = ['strace', '-f', '-qq', '-o', '/dev/null', '-P', path, '-e', trace, ...injections]
  return serve(t, folder, { POSTERN_LOG_LEVEL: 'error', UV_THREADPOOL_SIZE: '1' }, { under: tracer })
}

/** A folder with an empty data folder in it, and their real paths, which strace asks for. */
function createDataFolder(t: Test) {
  const folder = realpathSync(temporaryFolder(t))
  const data = join(folder, 'data')
  mkdirSync(data)
  return { folder, data }
}

/** What a sign-up, the same again, and another one are answered while the first fails. */
async function signUps(url: string) {
  const seen = []
  for (const user of ['alice', 'alice', 'bob']) {
    const { status, body } = await call(`${url}/user`, 'POST', { user, pass: 'x' })
    seen.push(status === 503 ? JSON.parse(body).error_name : status)
  }
  return seen
}

/** The names of the users in the data folder after the service was killed and started and stopped again. */
async function usersAfterKill(t: Test, folder: string, program: Program) {
  process.kill(-(program.child.pid as number), 'SIGKILL')
  await program.exit
  const again = serve(t, folder, { POSTERN_LOG_LEVEL: 'error' })
  await again.url()
  again.child.kill('SIGTERM')
  t.equal(await again.exit, 0)
  t.same(storedNames(join(folder, 'data')), ['keys.json', 'users.json'])
  const { users } = JSON.parse(readFileSync(join(folder, 'data/users.json'), 'utf8'))
  return users.map(({ name }: { name: string }) => name)
}

for (const [fault, calls] of [
  ['written', { write: '1' }],
  ['synced', { fdatasync: '1' }],
  ['synced, nor cut back at once', { fdatasync: '1', ftruncate: '1' }],
  ['synced, nor synced after it was cut back', { fdatasync: '1', fsync: '1' }]
] as const) {
  t.test(
    `a journal that cannot be ${fault} is told as 503, and the next change works`,
    { skip },
    async (t) => {
      const { folder, data } = createDataFolder(t)
      const program = serveWithFaults(t, folder, join(data, 'users.1.journal'), calls)
      t.same(await signUps(await program.url()), ['StoreUnavailableError', 201, 201])
      t.same(await usersAfterKill(t, folder, program), ['alice', 'bob'])
    }
  )
}

t.test('a change that was told as failed does not come back after a kill', { skip }, async (t) => {
  const { folder, data } = createDataFolder(t)
  const program = serveWithFaults(t, folder, join(data, 'users.1.journal'), { fdatasync: '2' })
  const url = await program.url()
  t.equal((await call(`${url}/user`, 'POST', { user: 'alice', pass: 'x' })).status, 201)
  t.equal((await call(`${url}/user`, 'POST', { user: 'bob', pass: 'x' })).status, 503)
  t.same(await usersAfterKill(t, folder, program), ['alice'])
})

t.test('a folder that cannot be synced with a new journal in it is told as 503', { skip }, async (t) => {
  const { folder, data } = createDataFolder(t)
  // The first sync of the folder is for the key.
  const program = serveWithFaults(t, folder, data, { fsync: '2' })
  t.same(await signUps(await program.url()), ['StoreUnavailableError', 201, 201])
  t.same(await usersAfterKill(t, folder, program), ['alice', 'bob'])
})

for (const [fault, file, calls] of [
  ['written', '.users.json.tmp', { write: '1' }],
  ['synced', '.users.json.tmp', { fsync: '1' }],
  ['renamed', '.users.json.tmp', { rename: '1' }],
  ['synced into the folder', '', { fsync: '3' }]
] as const) {
  t.test(
    `a snapshot that cannot be ${fault} at the stop leaves the journal to the next start`,
    { skip },
    async (t) => {
      const { folder, data } = createDataFolder(t)
      const program = serveWithFaults(t, folder, join(data, file), calls)
      t.same(await signUps(await program.url()), [201, 403, 201])
      process.kill(-(program.child.pid as number), 'SIGTERM')
      t.equal(await program.exit, 0)
      t.ok(readdirSync(data).includes('users.1.journal'))
      t.same(await usersAfterKill(t, folder, serve(t, folder)), ['alice', 'bob'])
    }
  )
}

t.test('a key that cannot be written ends the start', { skip }, async (t) => {
  const { folder, data } = createDataFolder(t)
  const program = serveWithFaults(t, folder, data, { fsync: '1' })
  t.equal(await program.exit, 5)
  t.match(program.stderr, /^postern: the data folder \S+ cannot be written to \(EIO\)[^\n]+\n$/)
})

t.test(
  'R14: a folder that another start has made, but not synced, is synced into its parent',
  { skip },
  async (t) => {
    const { folder } = createDataFolder(t)
    const log = join(folder, 'trace')
    const tracer = ['strace', '-f', '-qq', '-y', '-o', log, '-P', folder, '-e', 'trace=fsync']
    const program = serve(t, folder, { POSTERN_LOG_LEVEL: 'error' }, { under: tracer })
    await program.url()
    t.match(readFileSync(log, 'utf8'), `<${folder}>) = 0`)
  }
)
