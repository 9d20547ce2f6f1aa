import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { cheap, temporaryFolder } from '../support/helper.js'
import { call, Program, serve } from '../support/process.js'

const settings = { ...cheap, POSTERN_STORE: 'file', POSTERN_LOG_LEVEL: 'error' }
const adminKey = 'k'.repeat(32)

/** Runs the program as an operator does, with standard input and the arguments; gives what it has printed. */
async function postern(t: Test, folder: string, line: string, input = '', environment: Environment = {}) {
  const program = new Program(t, line.split(' '), { ...settings, ...environment }, folder)
  program.child.stdin.end(input)
  return { code: await program.exit, stdout: program.stdout, stderr: program.stderr }
}

/** The life of an account; the service may run or not, and be here or elsewhere. */
async function live(t: Test, folder: string, arguments_ = '', environment: Environment = {}) {
  const run = async (line: string, input = '') => {
    const done = await postern(t, folder, `${line}${arguments_}`, input, environment)
    t.equal(done.code, 0, `${line}: ${done.stderr}`)
    return done.stdout
  }
  const json = async (line: string) => JSON.parse(await run(`${line} --json`))

  t.match(
    await run('user add alice --group staff --email a@example.org --claim team="red"', 'wonderland\n'),
    /^The user alice was made /
  )
  t.match(await json('user show alice'), {
    user: 'alice',
    state: 'active',
    email: 'a@example.org',
    groups: ['staff'],
    claims: { team: 'red' },
    sessions: 0
  })
  await run('user set alice --group ops --no-group staff --display-name Alice --email-verified')
  t.match(await json('user show alice'), { groups: ['ops'], display_name: 'Alice', email_verified: true })
  await run('user set alice --name alicia --no-claim team --expires-at 2099-01-01')
  const { uid, claims, expires_at } = await json('user show alicia')
  t.same(claims, {})
  t.equal(expires_at, Date.UTC(2099, 0) / 1000)
  t.match(await run(`user disable uid:${uid}`), 'The user alicia is disabled')
  t.match(await run('user list a'), new RegExp(`^alicia\t${uid}\tdisabled\ta@example.org\tops\t`))
  await run('user enable alicia')
  t.match(await run('user passwd alicia --generate'), /^[\w-]{20}\n$/)
  t.match(await run('user link alicia --expires-in 1h'), /^https?:\/\/\S+\/link\/\S+\n$/)
  t.same(await run('user sessions alicia'), '')
  await run('user sign-out alicia')
  const { id } = await json('invite --user bob --group staff')
  t.match(await run('invite list'), new RegExp(`^${id}\tbob\t\tstaff\t`))
  await run(`invite remove ${id}`)
  t.match(await run('api-key add ci --scope users:read'), /^pak_[0-9a-f]{16}_[0-9a-f]{64}\n$/)
  t.match(await json('api-key list'), { api_keys: [{ name: 'ci', scopes: ['users:read'] }] })
  await run('api-key remove ci')
  await run('user delete alicia')
  t.match(await json('user show alicia'), { state: 'deleted' })
  await run(`user purge uid:${uid} --free-name`)
  t.match(await postern(t, folder, `user show alicia${arguments_}`, '', environment), {
    code: 7,
    stderr: 'postern: there is no user alicia\n'
  })
}

t.test('the commands do everything with accounts while the service is stopped', async (t) => {
  await live(t, temporaryFolder(t))
})

t.test(
  'the same commands do the same while the service runs, without a secret, and it takes them up',
  async (t) => {
    const folder = temporaryFolder(t)
    const url = await serve(t, folder).url()
    await live(t, folder)
    await postern(t, folder, 'user add bob', 'builder')
    const token = async () => await call(`${url}/token`, 'GET', { user: 'bob', pass: 'builder' })
    t.equal((await token()).status, 200)
    const form = { grant_type: 'password', username: 'bob', password: 'builder' }
    t.equal((await call(`${url}/oauth/token`, 'POST', form)).status, 200)
    const [id] = (await postern(t, folder, 'user sessions bob')).stdout.split('\t')
    t.match(await postern(t, folder, `user end-session bob ${id}`), { code: 0, stdout: /has ended/ })
    t.equal((await postern(t, folder, 'user sessions bob')).stdout, '')
    await postern(t, folder, 'user disable bob')
    t.not((await token()).status, 200)
  }
)

t.test('the same commands do the same from afar, with a key', async (t) => {
  const folder = temporaryFolder(t)
  const url = await serve(t, folder, { POSTERN_ADMIN: 'http', POSTERN_ADMIN_KEY: adminKey }).url()
  const elsewhere = join(temporaryFolder(t))
  const environment = { POSTERN_ADMIN_KEY: adminKey }
  await live(t, elsewhere, ` --url ${url}`, environment)
  const keys = async (line: string) =>
    await postern(t, elsewhere, `keys ${line} --url ${url}`, '', environment)
  t.equal((await keys('list')).stdout, (await postern(t, folder, 'keys list')).stdout)
  t.match(await keys('rotate'), { code: 0, stdout: /^\S{43} {2}ES256 {2}signs from \S+Z\n$/ })
  t.equal((await keys('list')).stdout, (await postern(t, folder, 'keys list')).stdout)
  t.equal((await keys('export')).stdout, (await postern(t, folder, 'keys export')).stdout)
  t.equal(
    (await keys('export --format pem')).stdout,
    (await postern(t, folder, 'keys export --format pem')).stdout
  )
  t.match(await keys('retire nope'), { code: 8, stdout: '' })
  const wrong = await postern(t, elsewhere, `user list --url ${url}`, '', {
    POSTERN_ADMIN_KEY: 'hunter2'.repeat(8)
  })
  t.match(wrong, { code: 2, stdout: '', stderr: /^postern: http:\S+ refuses the key: [^\n]+\n$/ })
  t.notMatch(wrong.stderr, 'hunter2')
})

t.test('a service that answers no operator over TCP is told as such', async (t) => {
  const url = await serve(t, temporaryFolder(t)).url()
  const environment = { POSTERN_ADMIN_KEY: adminKey }
  const refused = await postern(t, temporaryFolder(t), `user list --url ${url}`, '', environment)
  t.match(refused, { code: 1, stdout: '', stderr: /POSTERN_ADMIN=http\n$/ })
})

t.test('a reader that has seen enough ends a list without a word', async (t) => {
  const folder = temporaryFolder(t)
  for (const name of ['alice', 'bob']) await postern(t, folder, `user add ${name} --generate`)
  const program = new Program(t, ['user', 'list'], settings, folder)
  program.child.stdout.destroy()
  t.equal(await program.exit, 0)
  t.equal(program.stderr, '')
})

t.test('the socket of a service that was killed does not hold a command up', async (t) => {
  const folder = temporaryFolder(t)
  const service = serve(t, folder)
  await service.url()
  service.child.kill('SIGKILL')
  await service.exit
  t.match(await postern(t, folder, 'user add alice', 'wonderland'), {
    code: 0,
    stdout: /^The user alice was made/
  })
})
