import { X509Certificate } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { reportConfig } from '../../src/cli/config-report.js'
import type { Environment } from '../../src/config/environment.js'
import { ConfigSchema } from '../../src/config/schema.js'
import { certificates } from '../support/certificates.js'
import { temporaryFolder } from '../support/helper.js'
import { Program } from '../support/process.js'

const now = Date.UTC(2030, 0, 1) / 1000
const report = (environment: Environment, fromDotenv: string[] = []) =>
  reportConfig({ environment, fromDotenv }, now)

t.test(
  'config tells every setting, its value and where it comes from, and of a secret only that it is set',
  async (t) => {
    const { settings } = await report(
      {
        POSTERN_PORT: '4000',
        POSTERN_DOCS: 'off',
        POSTERN_METRICS: '',
        POSTERN_SIGNING_KEY: 'hunter2'.repeat(10),
        POSTERN_ALGORITHM: 'HS256'
      },
      ['POSTERN_DOCS']
    )
    t.same(
      settings.map(({ name }) => name),
      Object.keys(ConfigSchema.properties)
    )
    const of = (name: string) => settings.find((setting) => setting.name === name)
    t.match(of('POSTERN_PORT'), { value: '4000', source: 'environment' })
    t.match(of('POSTERN_DOCS'), { value: 'off', source: '.env' })
    t.match(of('POSTERN_METRICS'), { value: 'false', source: 'default' })
    t.match(of('POSTERN_SIGNING_KEY'), { value: 'set', source: 'environment' })
    t.match(of('POSTERN_ISSUER'), { value: null, source: 'default' })
  }
)

t.test(
  'config tells all reasons for which the service would not start, and repeats no value of theirs',
  async (t) => {
    const folder = temporaryFolder(t)
    const missing = join(folder, 'missing')
    const errors = async (environment: Environment) => (await report(environment)).errors
    const wrong = await report({ POSTERN_PORT: 'x', POSTERN_CORS_ORIGIN: 'https://user:hunter2@a.example' })
    t.match(wrong.errors, [/^POSTERN_PORT takes /, /^POSTERN_CORS_ORIGIN takes /])
    t.notMatch(JSON.stringify(wrong), 'hunter2')
    t.match(await errors({ POSTERN_SIGNING_KEY: 'a', POSTERN_SIGNING_KEY_FILE: 'b' }), [/both set/])
    const files = { POSTERN_SIGNING_KEY_FILE: missing, POSTERN_USERS_FILE: missing }
    t.match(await errors({ ...files, POSTERN_TLS_CERT_FILE: missing, POSTERN_TLS_KEY_FILE: missing }), [
      /^POSTERN_SIGNING_KEY_FILE cannot be read \(ENOENT\)/,
      /^POSTERN_TLS_CERT_FILE cannot be read \(ENOENT\)/,
      /^POSTERN_USERS_FILE cannot be read \(ENOENT\)/
    ])
    const users = join(folder, 'users.json')
    writeFileSync(users, '[{"name":"alice","password":"hunter2","x":1}]')
    t.match(await errors({ POSTERN_USERS_FILE: users, POSTERN_DATA_DIR: users }), [
      /^POSTERN_DATA_DIR takes the path of a folder(?:.|\n)*\(ENOTDIR\)$/,
      /^POSTERN_USERS_FILE takes (?!.*hunter2)/
    ])
    t.same(await errors({ POSTERN_DATA_DIR: missing }), [], 'the start makes it')
    t.match(await errors({ POSTERN_SOCKET: join(missing, 'a.sock') }), [
      /^POSTERN_SOCKET takes .*\(ENOENT\)$/
    ])
    const inside = { POSTERN_DATA_DIR: missing, POSTERN_SOCKET: join(missing, 'a.sock') }
    t.same(await errors(inside), [], 'nor is a socket in it wrong')
  }
)

t.test('config tells the store that the URL of a database implies', async (t) => {
  const database = {
    POSTERN_DATABASE_URL: 'postgres://postern@127.0.0.1/postern',
    POSTERN_STORAGE_KEY: Buffer.alloc(32).toString('base64')
  }
  const { settings } = await report(database)
  t.match(
    settings.find(({ name }) => name === 'POSTERN_STORE'),
    { value: 'postgres', source: 'environment' }
  )
})

t.test('config tells what is odd', async (t) => {
  const folder = temporaryFolder(t)
  const warnings = async (environment: Environment) =>
    (await report({ POSTERN_PASSWORD_MIN_LENGTH: '15', ...environment })).warnings
  t.same(await warnings({}), [])
  t.match(await warnings({ POSTERN_PROT: '1' }), [/^POSTERN_PROT is not a setting .*POSTERN_PORT\?$/])
  t.match(await warnings({ POSTERN_CORS_ORIGIN: '*' }), [/^POSTERN_CORS_ORIGIN=\* /])
  t.match(await warnings({ POSTERN_HASH_MEMORY_KIB: '8' }), [/OWASP/])
  t.match(await warnings({ POSTERN_STORE: 'memory' }), [/keeps nothing/])
  const users = join(folder, 'users.json')
  writeFileSync(users, '[]')
  chmodSync(users, 0o644)
  t.match(await warnings({ POSTERN_USERS_FILE: users }), [
    /^POSTERN_USERS_FILE may be read by everybody .*chmod o-r/
  ])
  chmodSync(users, 0o600)
  t.same(await warnings({ POSTERN_USERS_FILE: users }), [])
})

t.test('config tells of a certificate that has expired or soon will', async (t) => {
  const folder = temporaryFolder(t)
  const files = {
    POSTERN_PASSWORD_MIN_LENGTH: '15',
    POSTERN_TLS_CERT_FILE: join(folder, 'cert.pem'),
    POSTERN_TLS_KEY_FILE: join(folder, 'key.pem')
  }
  writeFileSync(files.POSTERN_TLS_CERT_FILE, certificates[0].cert)
  writeFileSync(files.POSTERN_TLS_KEY_FILE, certificates[0].key, { mode: 0o600 })
  const end = Date.parse(new X509Certificate(certificates[0].cert).validTo) / 1000
  const warnings = async (now: number) =>
    (await reportConfig({ environment: files, fromDotenv: [] }, now)).warnings
  t.same(await warnings(end - 15 * 86_400), [])
  t.match(await warnings(end - 3 * 86_400), [/POSTERN_TLS_CERT_FILE expires in 3 days/])
  t.match(await warnings(end + 1), [/POSTERN_TLS_CERT_FILE has expired/])
})

t.test('config exits with 2 if the service would not start, and changes nothing', async (t) => {
  const folder = temporaryFolder(t)
  const run = async (args: string[], environment: Environment) => {
    const program = new Program(t, ['config', ...args], environment, folder)
    return { code: await program.exit, stdout: program.stdout, stderr: program.stderr }
  }
  const lines = await run([], { POSTERN_PROT: '1', POSTERN_PASSWORD_MIN_LENGTH: '15' })
  t.match(lines, {
    code: 0,
    stdout: /^POSTERN_HOST\t127\.0\.0\.1\tdefault\n/,
    stderr: /^warning: POSTERN_PROT [^\n]+\n$/
  })
  const wrong = await run([], { POSTERN_PORT: 'x' })
  t.match(wrong, { code: 2, stdout: /^POSTERN_PORT\twrong\tenvironment$/m })
  t.match(wrong.stderr, /^postern: the service would not start: POSTERN_PORT takes [^\n]+\n$/)
  const document = await run(['--json'], { POSTERN_PORT: 'x' })
  t.equal(document.code, 2)
  t.match(JSON.parse(document.stdout), { version: String, errors: [/^POSTERN_PORT takes/] })
  t.throws(() => readFileSync(join(folder, 'data')), { code: 'ENOENT' })
})
