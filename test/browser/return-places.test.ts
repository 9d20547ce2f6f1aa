import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startService, temporaryFolder } from '../support/helper.js'

t.test('the form of a sign-in leads to a site of the file, and to no other', async (t) => {
  const path = join(temporaryFolder(t), 'sites.json')
  const sites = [
    { host: 'wiki.example.org' },
    { host: 'open.example.org', open: true },
    { host: '*.apps.example.org' }
  ]
  writeFileSync(path, JSON.stringify({ sites }))
  const { app } = await startService(t, {
    POSTERN_PAGES: 'on',
    POSTERN_PUBLIC_URL: 'https://id.example.org',
    POSTERN_SITES_FILE: path
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const targets = async (place: string) => {
    const url = `/sign-in?${new URLSearchParams({ return_to: place })}`
    const { statusCode, headers } = await app.inject({ url, headers: { accept: 'text/html' } })
    t.equal(statusCode, 200)
    return /form-action ([^;]*)/.exec(String(headers['content-security-policy']))?.[1]
  }
  t.equal(await targets('https://wiki.example.org/a'), "'self' https://wiki.example.org")
  for (const place of [
    '/account',
    'https://evil.example/',
    '//evil.example/',
    'https://wiki.example.org@evil.example/',
    'javascript:alert(1)',
    'https://open.example.org/',
    'https://x.apps.example.org/'
  ]) {
    t.equal(await targets(place), "'self'", place)
  }
  writeFileSync(path, JSON.stringify({ sites: [] }))
  await app.sites?.reload()
  t.equal(await targets('https://wiki.example.org/a'), "'self'", 'the sites of now decide')
})
