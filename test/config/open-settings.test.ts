import t from 'tap'
import { loadConfig } from '../../src/config/config.js'
import { warnOfOpenSettings } from '../../src/config/open-settings.js'
import { fixtureOptions } from '../../src/fixture/fixture-options.js'
import { createServer } from '../../src/server/server.js'
import { cheap, startService } from '../support/helper.js'

// Nothing of it is open.
const closed = { POSTERN_PASSWORD_MIN_LENGTH: '15', POSTERN_REGISTRATION: 'closed' }
const reachable = { ...closed, POSTERN_HOST: '0.0.0.0', POSTERN_TRUST_PROXY: '10.0.0.1' }

const cases: [environment: Record<string, string>, ended: Record<string, string>, warning: RegExp][] = [
  [
    { ...reachable, POSTERN_TRUST_PROXY: 'false' },
    { POSTERN_TLS_CERT_FILE: 'a', POSTERN_TLS_KEY_FILE: 'b' },
    /^POSTERN_HOST=0\.0\.0\.0 without HTTPS .*set POSTERN_TLS_CERT_FILE/
  ],
  [
    { ...reachable, POSTERN_TRUST_PROXY: 'false', POSTERN_LOGIN_BACKENDS: '10.0.0.2' },
    { POSTERN_TRUST_PROXY: '10.0.0.1' },
    /^POSTERN_HOST=0\.0\.0\.0 without HTTPS .*or POSTERN_TRUST_PROXY/
  ],
  [{ ...reachable, POSTERN_TRUST_PROXY: 'false' }, { POSTERN_HOST: '127.0.0.1' }, /without HTTPS/],
  [
    { ...reachable, POSTERN_REGISTRATION: 'open' },
    { POSTERN_REGISTRATION: 'closed' },
    /can sign up: set POSTERN_REGISTRATION=closed/
  ],
  [
    { ...closed, POSTERN_TRUST_PROXY: 'true' },
    { POSTERN_TRUST_PROXY: '127.0.0.1' },
    /^POSTERN_TRUST_PROXY=true .*address/
  ],
  [
    { ...closed, POSTERN_CORS_ORIGIN: '*' },
    { POSTERN_CORS_ORIGIN: 'https://a.example' },
    /^POSTERN_CORS_ORIGIN=\* .*origins/
  ],
  [
    { ...closed, POSTERN_PASSWORD_MIN_LENGTH: '7' },
    { POSTERN_PASSWORD_MIN_LENGTH: '8' },
    /^passwords of 7 characters are taken: set POSTERN_PASSWORD_MIN_LENGTH/
  ]
]

t.test('each setting that is wide open has one warning, which the setting in it ends', (t) => {
  for (const [environment, ended, warning] of cases) {
    const warnings = warnOfOpenSettings(loadConfig(environment))
    t.equal(warnings.length, 1, JSON.stringify(environment))
    t.match(warnings[0], warning)
    t.same(warnOfOpenSettings(loadConfig({ ...environment, ...ended })), [])
  }
  for (const host of ['localhost', '::1', '127.0.0.2']) {
    t.same(
      warnOfOpenSettings(loadConfig({ ...closed, POSTERN_HOST: host, POSTERN_REGISTRATION: 'open' })),
      []
    )
  }
  t.end()
})

t.test('the start logs the warnings, but not that of a fixture', async (t) => {
  const { log } = await startService(t, { POSTERN_HOST: '0.0.0.0' })
  const warned = log
    .map((line) => JSON.parse(line))
    .filter(({ level, msg }) => level === 40 && /: set /.test(msg))
  t.equal(warned.length, 4)

  const lines: string[] = []
  const environment = { ...cheap, POSTERN_CORS_ORIGIN: '*' }
  const fixture = createServer(fixtureOptions({ environment, clock: Date.now }), {
    write: (line) => lines.push(line)
  })
  t.teardown(() => fixture.close())
  await fixture.ready()
  t.notMatch(lines.join(''), /POSTERN_CORS_ORIGIN|passwords of/)
})
