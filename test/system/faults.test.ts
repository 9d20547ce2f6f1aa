import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { temporaryFolder } from '../helper.js'
import { call, serve } from '../process.js'

const skip = spawnSync('strace', ['-V']).status === 0 ? false : 'needs strace'

/**
 * Starts the service with one system call on one path failing at one time. strace counts the calls of each thread for
 * itself, so that there must be only one that accesses files.
 */
function serveWithFault(t: Test, folder: string, path: string, call: string, when: string) {
  const tracer = ['strace', '-f', '-qq', '-o', '/dev/null', '-P', path, '-e', `trace=${call}`]
  return serve(t, folder, { POSTERN_LOG_LEVEL: 'error', UV_THREADPOOL_SIZE: '1' }, [
    ...tracer,
    '-e',
    `inject=${call}:error=EIO:when=${when}`
  ])
}

/** What a sign-up, the same again, and another one are answered while the second change of the folder fails. */
async function signUps(url: string, data: string) {
  const seen = []
  for (const user of ['alice', 'alice', 'bob']) {
    const { status, body } = await call(`${url}/user`, 'POST', { user, pass: 'x' })
    seen.push({
      status,
      name: status === 503 ? JSON.parse(body).error_name : undefined,
      files: readdirSync(data).sort()
    })
  }
  return seen
}

const keys = ['keys.json']
const both = ['keys.json', 'users.json']
const failed = { status: 503, name: 'StoreUnavailableError', files: keys }
const made = { status: 201, name: undefined, files: both }

for (const [fault, file, call] of [
  ['a file that cannot be written', 'users.json.tmp', 'write'],
  ['a file that cannot be synced', 'users.json.tmp', 'fsync'],
  ['a file that cannot be renamed', 'users.json.tmp', 'rename']
] as const) {
  t.test(`${fault} is told as 503, leaves no trace, and the next change works`, { skip }, async (t) => {
    const folder = realpathSync(temporaryFolder(t))
    const data = join(folder, 'data')
    mkdirSync(data)
    const url = await serveWithFault(t, folder, join(data, file), call, '1').url()
    t.same(await signUps(url, data), [failed, made, made])
    t.equal(JSON.parse(readFileSync(join(data, 'users.json'), 'utf8')).users.length, 2)
  })
}

t.test(
  'a folder that cannot be synced after the rename is told as 503, and the change is taken back',
  { skip },
  async (t) => {
    const folder = realpathSync(temporaryFolder(t))
    const data = join(folder, 'data')
    mkdirSync(data)
    // The first sync of the folder is for the key, the second for alice, the third for taking her back.
    const url = await serveWithFault(t, folder, data, 'fsync', '2').url()
    t.same(await signUps(url, data), [failed, made, made])
  }
)

t.test('with users in the file, what was acknowledged before comes back', { skip }, async (t) => {
  const folder = realpathSync(temporaryFolder(t))
  const data = join(folder, 'data')
  mkdirSync(data)
  const url = await serveWithFault(t, folder, data, 'fsync', '3').url()
  t.equal((await call(`${url}/user`, 'POST', { user: 'carol', pass: 'x' })).status, 201)
  t.same(await signUps(url, data), [{ ...failed, files: both }, made, made])
})

t.test('a key that cannot be written ends the start', { skip }, async (t) => {
  const folder = realpathSync(temporaryFolder(t))
  mkdirSync(join(folder, 'data'))
  const program = serveWithFault(t, folder, join(folder, 'data'), 'fsync', '1')
  t.equal(await program.exit, 5)
  t.match(program.stderr, /^postern: the data folder \S+ cannot be written to \(EIO\)[^\n]+\n$/)
})
