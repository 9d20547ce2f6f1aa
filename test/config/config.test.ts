import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadAdminKey } from '../../src/config/admin-key.js'
import { loadConfig } from '../../src/config/config.js'
import type { Environment } from '../../src/config/environment.js'
import { parseTrustProxy } from '../../src/config/list-settings.js'
import { ConfigSchema, settingSchema } from '../../src/config/schema.js'
import { socketPath } from '../../src/config/socket-path.js'
import { storeSettings, warnOfOpenDatabase } from '../../src/config/store-settings.js'
import { startService, temporaryFolder } from '../support/helper.js'

t.test('without any variable the settings are those of the contract', (t) => {
  t.same(loadConfig({}), {
    POSTERN_HOST: '127.0.0.1',
    POSTERN_PORT: 3000,
    POSTERN_ADMIN: 'socket',
    POSTERN_DATA_DIR: './data',
    POSTERN_STORE: 'file',
    isStoreImplied: false,
    POSTERN_DATABASE_POOL: 10,
    POSTERN_DATABASE_SCHEMA: 'postern',
    POSTERN_DATABASE_MAX_STALE: 1000,
    POSTERN_ALGORITHM: 'ES256',
    POSTERN_KEY_PUBLISH_AHEAD: 300,
    POSTERN_KEY_ROTATION_DAYS: 0,
    POSTERN_ACCESS_TOKEN_TTL: 3600,
    POSTERN_REFRESH_TOKEN_TTL: 2_592_000,
    POSTERN_REFRESH_REUSE_GRACE: 10,
    POSTERN_MAX_SESSIONS: 100,
    POSTERN_MAX_SESSIONS_TOTAL: 1_000_000,
    POSTERN_SESSIONS_PER_MINUTE: 60,
    POSTERN_TOKEN_CACHE_SIZE: 16_384,
    POSTERN_REGISTRATION: 'open',
    POSTERN_PASSWORD_MIN_LENGTH: 1,
    POSTERN_CONFIRM_PASSWORD: 'off',
    POSTERN_HASH_MEMORY_KIB: 19_456,
    POSTERN_HASH_ITERATIONS: 2,
    POSTERN_LOGIN_MAX_FAILURES: 10,
    POSTERN_LOGIN_WINDOW: 900,
    POSTERN_SIGN_UP_MAX: 20,
    POSTERN_MAX_EVENT_LOOP_DELAY: 500,
    POSTERN_LOG_LEVEL: 'info',
    POSTERN_LOG_FORMAT: 'auto',
    POSTERN_ORPHAN: 'keep',
    POSTERN_TRUST_PROXY: false,
    POSTERN_LOGIN_BACKENDS: [],
    POSTERN_SECOND_FACTOR: 'optional',
    POSTERN_SECOND_FACTOR_GROUPS: [],
    POSTERN_BROWSER_IDLE_TTL: 1_209_600,
    POSTERN_BROWSER_TTL: 7_776_000,
    POSTERN_BRAND_NAME: 'Postern',
    POSTERN_BRAND_ACCENT: '#0f6b5c',
    POSTERN_CORS_ORIGIN: [],
    POSTERN_OAUTH_CLIENTS: new Map(),
    POSTERN_METRICS: 'false',
    POSTERN_DOCS: 'on'
  })
  t.end()
})

t.test("a job's own variables are not picked up, and an empty variable counts as unset", (t) => {
  const config = loadConfig({
    PORT: '1',
    HOST: 'x',
    DATABASE_URL: 'x',
    LOG_LEVEL: 'x',
    POSTERN_PORT: '',
    POSTERN_ISSUER: ''
  })
  t.equal(config.POSTERN_PORT, 3000)
  t.notOk('POSTERN_ISSUER' in config)
  t.notOk('PORT' in config)
  t.end()
})

t.test('a wrong value is refused with a line that names the variable and what it takes', async (t) => {
  for (const [name, values] of Object.entries({
    POSTERN_PORT: ['-1', '65536', '3000.5', 'http', '3000 x', 'tcp://10.0.0.1:3000'],
    POSTERN_STORE: ['redis', 'FILE'],
    POSTERN_DATABASE_URL: [
      'mysql://u:p@host/db',
      'host',
      'postgres://user:pass#word@host:x/db',
      'postgres://user:word@host/%zz',
      'postgres://user:100%@host/db',
      'postgres://user:word%ff@host/db'
    ],
    POSTERN_DATABASE_DIRECT_URL: ['http://host/db', 'postgres://%@host/db'],
    POSTERN_DATABASE_POOL: ['0', '1001'],
    POSTERN_DATABASE_SCHEMA: ['Postern', '1st', 'a"b', 'x'.repeat(64)],
    POSTERN_DATABASE_MAX_STALE: ['-1', '60001'],
    POSTERN_STORAGE_KEY: [
      'hunter2',
      'x'.repeat(42),
      `${'x'.repeat(43)},`,
      Array(3).fill('x'.repeat(43)).join()
    ],
    POSTERN_ALGORITHM: ['none', 'es256', 'HS1', 'ES256K'],
    POSTERN_ACCESS_TOKEN_TTL: ['0', '-5', '1h', '1e3', '1e99', '0x10', ' 5'],
    POSTERN_REFRESH_TOKEN_TTL: ['0', 'Infinity'],
    POSTERN_BROWSER_IDLE_TTL: ['59', '14d'],
    POSTERN_BROWSER_TTL: ['0', '31536001'],
    POSTERN_OAUTH_CLIENTS: [
      'api',
      'api:short',
      ':0123456789abcdef',
      'api:0123456789abcdef,',
      'api:0123456789abcdef,api:fedcba9876543210'
    ],
    POSTERN_TOKEN_CACHE_SIZE: ['-1', '1000001', 'off'],
    POSTERN_REGISTRATION: ['yes', 'OPEN'],
    POSTERN_PASSWORD_MIN_LENGTH: ['0', '1025'],
    POSTERN_HASH_MEMORY_KIB: ['7', '1048577'],
    POSTERN_HASH_ITERATIONS: ['0', '21'],
    POSTERN_LOG_LEVEL: ['loud'],
    POSTERN_LOGIN_BACKENDS: ['loopback', '10.0.0.0/33', '10.0.0.1,', 'backend.example'],
    POSTERN_TRUST_PROXY: ['maybe', '10.0.0.0/33', '10.0.0.1/', '::1/129', 'localhost', '10.0.0.1,,', '1']
  })) {
    for (const value of values) {
      const { description } = settingSchema(name) ?? {}
      const expected = { name: 'StartupError', exitCode: 2, message: `${name} takes ${description}` }
      t.throws(() => loadConfig({ [name]: value }), expected, value)
      await t.rejects(startService(t, { [name]: value }), expected)
    }
  }
})

t.test('a wrong value is repeated, unless it may hold a secret', (t) => {
  const refuse = (name: string, value: string) => {
    try {
      loadConfig({ [name]: value })
    } catch (error) {
      return (error as Error).message
    }
    return ''
  }
  t.match(refuse('POSTERN_PORT', 'http'), /to 65535, not "http"$/)
  t.match(refuse('POSTERN_STORE', 'a\u001b[2J'), /postgres, not "a\\u001b\[2J"$/)
  t.match(refuse('POSTERN_TRUST_PROXY', 'proxy'), /, not "proxy"$/)
  for (const [name, value] of [
    ['POSTERN_OAUTH_CLIENTS', 'api:hunter2'],
    ['POSTERN_FIXTURE_SECRET', 'hunter2'],
    ['POSTERN_DATABASE_URL', 'mysql://user:hunter2@host/db'],
    ['POSTERN_STORAGE_KEY', 'hunter2'],
    ['POSTERN_CORS_ORIGIN', 'https://user:hunter2@a.example'],
    ['POSTERN_PORT', `hunter2${'x'.repeat(40)}`],
    ['POSTERN_PORT', 'eyJhunter2']
  ] as const) {
    t.match(refuse(name, value), `${name} takes `)
    t.notMatch(refuse(name, value), 'hunter2')
  }
  t.end()
})

const url = 'postgres://user:hunter2@db.example:5433/postern'
const key = 'k'.repeat(43)
const withDatabase = { POSTERN_DATABASE_URL: url, POSTERN_STORAGE_KEY: key }

t.test('the URL of a database implies the store, and goes with no other one', async (t) => {
  t.match(loadConfig(withDatabase), { POSTERN_STORE: 'postgres', isStoreImplied: true })
  t.match(loadConfig({ ...withDatabase, POSTERN_STORE: 'postgres' }), { isStoreImplied: false })
  for (const [environment, message] of [
    [{ ...withDatabase, POSTERN_STORE: 'memory' }, /POSTERN_STORE=memory and POSTERN_DATABASE_URL/],
    [{ ...withDatabase, POSTERN_STORE: 'file' }, /POSTERN_STORE=file and POSTERN_DATABASE_URL/],
    [{ POSTERN_STORE: 'memory', POSTERN_DATABASE_URL_FILE: '/url' }, /POSTERN_DATABASE_URL_FILE/],
    [{ POSTERN_STORE: 'postgres', POSTERN_STORAGE_KEY: key }, /takes POSTERN_DATABASE_URL/],
    [{ POSTERN_DATABASE_URL: url }, /takes POSTERN_STORAGE_KEY/],
    [{ ...withDatabase, POSTERN_DATABASE_URL_FILE: '/url' }, /are both set/],
    [{ ...withDatabase, POSTERN_STORAGE_KEY_FILE: '/key' }, /are both set/],
    [
      {
        ...withDatabase,
        POSTERN_DATABASE_DIRECT_URL: url,
        POSTERN_DATABASE_DIRECT_URL_FILE: '/url'
      },
      /are both set/
    ]
  ] as const) {
    t.throws(() => loadConfig(environment), { name: 'StartupError', exitCode: 2, message })
  }
  t.equal(socketPath(loadConfig(withDatabase)), undefined, 'commands open the database themselves')
})

t.test(
  'the settings of a database come from the environment or from files, and its place holds no secret',
  async (t) => {
    const folder = temporaryFolder(t)
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const expected = {
      driver: 'postgres',
      place: 'the database postern on db.example:5433',
      database: { url, direct: { url }, storageKeys: [Buffer.from(key, 'base64')] }
    }
    t.match(await storeSettings(loadConfig(withDatabase)), expected)
    const fromFiles = {
      POSTERN_DATABASE_URL_FILE: file('url', `${url}\n`),
      POSTERN_DATABASE_DIRECT_URL_FILE: file('direct', 'postgresql://user@direct/postern'),
      POSTERN_STORAGE_KEY_FILE: file('key', `${key},${'l'.repeat(43)}=\n`)
    }
    const settings = await storeSettings(loadConfig(fromFiles))
    t.match(settings, {
      database: {
        url,
        source: 'POSTERN_DATABASE_URL_FILE',
        direct: { url: 'postgresql://user@direct/postern' },
        storageKeys: [Buffer.from(key, 'base64'), Buffer.from('l'.repeat(43), 'base64')]
      }
    })
    for (const name of Object.keys(fromFiles)) {
      const wrong = { ...fromFiles, [name]: file('wrong', 'hunter2') }
      const error = await storeSettings(loadConfig(wrong)).catch((error: Error) => error)
      t.match(error, { name: 'StartupError', exitCode: 2, message: new RegExp(`^${name} takes a file`) })
      t.notMatch((error as Error).message, 'hunter2')
    }
  }
)

t.test(
  'a database on another machine is warned of, unless its URL says whether it is encrypted',
  async (t) => {
    const warnings = async (url: string) => {
      const environment = { ...withDatabase, POSTERN_DATABASE_URL: url }
      return warnOfOpenDatabase(await storeSettings(loadConfig(environment)))
    }
    const [warning, ...more] = await warnings(url)
    t.match(warning, /^POSTERN_DATABASE_URL has accounts and sessions travel in the clear/)
    t.same(more, [])
    t.notMatch(warning, 'hunter2')
    for (const safe of [
      `${url}?sslmode=verify-full`,
      `${url}?sslmode=disable`,
      'postgres://user@localhost/postern',
      'postgres://user@[::1]:5432/postern',
      'postgres://user@localhost/postern?host=/run/postgresql'
    ]) {
      t.same(await warnings(safe), [], safe)
    }
  }
)

t.test('the socket is in the data folder unless it is set, and none keeps company with memory', (t) => {
  const pathOf = (environment: Environment) => socketPath(loadConfig(environment))
  t.equal(pathOf({}), 'data/postern.sock')
  t.equal(pathOf({ POSTERN_DATA_DIR: '/var/lib/postern' }), '/var/lib/postern/postern.sock')
  t.equal(pathOf({ POSTERN_SOCKET: 'off' }), undefined)
  t.equal(pathOf({ POSTERN_STORE: 'memory' }), undefined)
  t.equal(pathOf({ POSTERN_STORE: 'memory', POSTERN_SOCKET: '/run/postern.sock' }), '/run/postern.sock')
  // In bytes, and a short name is made by a longer one first.
  for (const path of ['é'.repeat(54), `/${'x'.repeat(100)}/y`]) {
    t.throws(() => pathOf({ POSTERN_SOCKET: path }), { name: 'StartupError', exitCode: 2 }, path)
  }
  t.end()
})

t.test('the key of the operator is long, may be in a file, and is never repeated', async (t) => {
  const folder = temporaryFolder(t)
  const file = (content: string | Buffer) => {
    const path = join(folder, randomBytes(8).toString('hex'))
    writeFileSync(path, content)
    return { POSTERN_ADMIN_KEY_FILE: path }
  }
  const key = 'hunter2-'.repeat(4)
  const load = async (environment: Environment) => await loadAdminKey(loadConfig(environment))
  t.equal(await load({}), undefined)
  t.equal(await load({ POSTERN_ADMIN_KEY: key }), key)
  t.equal(await load(file(`${key}\n`)), key)
  const refused: [Environment, RegExp][] = [
    [{ POSTERN_ADMIN_KEY: key.slice(1) }, /^POSTERN_ADMIN_KEY takes a key of at least 32 characters/],
    [{ POSTERN_ADMIN_KEY: `${key} x` }, /^POSTERN_ADMIN_KEY takes a key of at least 32 characters/],
    [file(key.slice(1)), /^POSTERN_ADMIN_KEY_FILE takes a file with a key of at least 32 characters/],
    [file(`${key}\n\n`), /^POSTERN_ADMIN_KEY_FILE takes a file with a key/],
    [file(Buffer.from(`${key}\xff`, 'latin1')), /^POSTERN_ADMIN_KEY_FILE takes a file of text/],
    [
      { POSTERN_ADMIN_KEY_FILE: join(folder, 'missing') },
      /^POSTERN_ADMIN_KEY_FILE cannot be read \(ENOENT\)/
    ],
    [{ ...file(key), POSTERN_ADMIN_KEY: key }, /are both set: set one of them$/]
  ]
  for (const [environment, message] of refused) {
    const error = await load(environment).catch((error: Error) => error)
    t.match(error, { name: 'StartupError', exitCode: 2, message })
    t.notMatch(String(error), 'hunter2')
  }
})

t.test('each setting has a meaning', (t) => {
  const meanings = Object.keys(ConfigSchema.properties).map((name) => settingSchema(name)?.title)
  t.notOk(meanings.includes(undefined))
  t.equal(new Set(meanings).size, meanings.length)
  t.end()
})

t.test('all wrong variables are named in one line', (t) => {
  t.throws(() => loadConfig({ POSTERN_PORT: 'x', POSTERN_STORE: 'y' }), {
    message: /^POSTERN_PORT takes [^\n]*; POSTERN_STORE takes [^\n]*$/
  })
  t.end()
})

t.test('POSTERN_TRUST_PROXY takes what Fastify does, and decides whose address is logged', async (t) => {
  t.equal(parseTrustProxy('true'), true)
  t.equal(parseTrustProxy('false'), false)
  t.equal(parseTrustProxy('loopback, 10.0.0.0/8,fd00::/8'), 'loopback, 10.0.0.0/8,fd00::/8')
  for (const [setting, address] of [
    ['false', '127.0.0.1'],
    ['true', '192.0.2.1'],
    ['127.0.0.1', '192.0.2.2'],
    ['127.0.0.1,192.0.2.0/24', '192.0.2.1'],
    ['10.0.0.0/8', '127.0.0.1']
  ] as const) {
    const { app, log } = await startService(t, { POSTERN_TRUST_PROXY: setting })
    await app.inject({ url: '/version', headers: { 'x-forwarded-for': '192.0.2.1, 192.0.2.2' } })
    t.match(log.join(''), `"address":"${address}"`)
  }
})

t.test('M1: a backend of POSTERN_LOGIN_BACKENDS may hand on the address of its user', async (t) => {
  t.equal(parseTrustProxy('true', ['10.0.0.1']), true)
  t.equal(parseTrustProxy('false', ['10.0.0.1', '10.1.0.0/16']), '10.0.0.1,10.1.0.0/16')
  t.equal(parseTrustProxy('loopback', ['10.0.0.1']), 'loopback,10.0.0.1')
  for (const [forwarded, address] of [
    ['192.0.2.1, 10.0.0.1', '192.0.2.1'],
    ['10.0.0.1', '10.0.0.1'],
    ['192.0.2.1, 10.0.0.2', '10.0.0.2']
  ] as const) {
    const { app, log } = await startService(t, {
      POSTERN_TRUST_PROXY: 'loopback',
      POSTERN_LOGIN_BACKENDS: '10.0.0.1'
    })
    await app.inject({ url: '/version', headers: { 'x-forwarded-for': forwarded } })
    t.match(log.join(''), `"address":"${address}"`)
  }
})

t.test('a variable that is no setting, most likely misspelt, and weak hashing are warned of', async (t) => {
  const { log } = await startService(t, { POSTERN_REGISTRATON: 'closed' })
  t.match(log.join(''), /POSTERN_REGISTRATON is not a setting .*: did you mean POSTERN_REGISTRATION\?/)
  t.match(log.join(''), 'below what OWASP recommends')
})

t.test('POSTERN_PUBLIC_URL takes the URL of a service, which a path can be added to', (t) => {
  for (const POSTERN_PUBLIC_URL of [
    'https://id.example.org',
    'https://example.org/login/',
    'http://localhost:3000'
  ])
    t.equal(loadConfig({ POSTERN_PUBLIC_URL }).POSTERN_PUBLIC_URL, POSTERN_PUBLIC_URL)
  for (const POSTERN_PUBLIC_URL of [
    'id.example.org',
    'ftp://example.org',
    'https://',
    'https://user:hunter2@example.org',
    'https://example.org?a=hunter2',
    'https://example.org?',
    'https://example.org#',
    'https://example.org\\hunter2',
    'https://example.org/a b',
    ' https://example.org',
    'https://example.org/\u00fc'
  ]) {
    const message = 'POSTERN_PUBLIC_URL takes an http or https URL without a query'
    t.throws(() => loadConfig({ POSTERN_PUBLIC_URL }), { message }, POSTERN_PUBLIC_URL)
  }
  t.end()
})
