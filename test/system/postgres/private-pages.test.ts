import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { signUp, temporaryFolder } from '../../support/helper.js'
import { databaseSettings } from '../../support/postgres-instances.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { startOnDatabase } from '../../support/postgres-service.js'
import { ask, createBrowser, enter } from '../../support/site-browser.js'

// In milliseconds.
const maxStale = 1000

t.test(
  'a sign-out at one instance closes the pages at another, within POSTERN_DATABASE_MAX_STALE',
  { skip: skipWithoutPostgres },
  async (t) => {
    const postgres = await startPostgres(t)
    const file = join(temporaryFolder(t), 'sites.json')
    writeFileSync(file, JSON.stringify({ sites: [{ host: 'wiki.example.org' }] }))
    const settings = {
      ...databaseSettings(await postgres.createDatabase('sites')),
      POSTERN_DATABASE_MAX_STALE: String(maxStale),
      POSTERN_PUBLIC_URL: 'https://auth.example.com',
      POSTERN_SITES_FILE: file,
      POSTERN_TRUST_PROXY: '127.0.0.1',
      POSTERN_PAGES: 'on'
    }
    const [{ app }, { app: other }] = [await startOnDatabase(t, settings), await startOnDatabase(t, settings)]
    await signUp(app)
    const browser = createBrowser(app)
    await enter(browser, 'https://wiki.example.org/')
    const cookie = `__Host-postern-site=${browser.cookies('wiki.example.org').get('__Host-postern-site')}`
    const visit = async () => (await ask(other, 'https://wiki.example.org/', { cookie })).statusCode
    t.equal(await visit(), 204, 'a sign-in is one for all instances')
    const reads = t.capture(other.store, 'findSession', other.store.findSession)
    for (let part = 0; part < 10; part += 1) t.equal(await visit(), 204)
    t.equal(reads().length, 0, 'its record is remembered')

    await browser.post('/sign-out', {})
    const signedOut = performance.now()
    let lastSeen = 0
    for (;;) {
      const asked = performance.now() - signedOut
      if ((await visit()) !== 204) break
      lastSeen = asked
    }
    t.ok(lastSeen <= maxStale, `it was open for ${lastSeen} ms`)
    t.equal(await visit(), 401)
  }
)
