import t from 'tap'
import { decideReturnTo } from '../../src/browser/return-to.js'
import { createSites } from '../../src/browser/sites.js'
import { requireSites } from '../../src/browser/sites-file.js'

const sites = createSites(
  requireSites({
    sites: [
      { host: 'wiki.example.org' },
      { host: 'blog.example.org', path: '/public/*', open: true },
      { host: 'blog.example.org', groups: ['staff'] },
      { host: 'open.example.org', open: true },
      { host: '*.apps.example.org' },
      { host: 'xn--bcher-kva.example' },
      { host: '127.0.0.1' },
      { host: 'app.localhost' },
      { host: '[::1]' }
    ]
  })
)
const publicUrl = 'https://id.example.org'
const decide = (given: unknown, askedHosts: string[] = [], own = publicUrl) =>
  decideReturnTo(given, { publicUrl: own, sites, askedHosts: new Set(askedHosts) })

/** For a title: TAP takes some of these characters for the end of a line. */
const inAscii = (value: unknown) =>
  String(value).replace(/[^!-~]/g, (character) => `<${character.charCodeAt(0)}>`)

t.test('a browser goes back to a site of the file, and to our own pages', (t) => {
  const places: [given: string, url: string][] = [
    ['https://wiki.example.org', 'https://wiki.example.org/'],
    ['https://wiki.example.org/a/b?c=d&e=%2f#f', 'https://wiki.example.org/a/b?c=d&e=%2f#f'],
    ['HTTPS://WIKI.Example.ORG/A', 'https://wiki.example.org/A'],
    ['https://wiki.example.org:443/', 'https://wiki.example.org/'],
    ['https://wiki.example.org:8443/', 'https://wiki.example.org:8443/'],
    ['https://wiki.example.org./', 'https://wiki.example.org./'],
    ['https://wiki.example.org?x', 'https://wiki.example.org/?x'],
    ['https://wiki.example.org#x', 'https://wiki.example.org/#x'],
    ['https://wiki.example.org/a@b', 'https://wiki.example.org/a@b'],
    ['https://blog.example.org/private', 'https://blog.example.org/private'],
    ['https://xn--bcher-kva.example/', 'https://xn--bcher-kva.example/'],
    ['https://bücher.example/ü', 'https://xn--bcher-kva.example/%C3%BC'],
    ['http://127.0.0.1:4000/', 'http://127.0.0.1:4000/'],
    ['http://app.localhost:4000/', 'http://app.localhost:4000/'],
    ['http://[::1]:4000/x', 'http://[::1]:4000/x'],
    ['/account', 'https://id.example.org/account'],
    ['/account?a=//b', 'https://id.example.org/account?a=//b'],
    ['account', 'https://id.example.org/account'],
    ['?a=b:c', 'https://id.example.org/?a=b:c'],
    ['../account', 'https://id.example.org/account'],
    ['https://id.example.org/account', 'https://id.example.org/account'],
    ['https://ID.example.org:443/', 'https://id.example.org/'],
    ['/@evil.example', 'https://id.example.org/@evil.example']
  ]
  for (const [given, url] of places) t.equal(decide(given), url, given)
  t.end()
})

t.test('every other place is dropped', (t) => {
  for (const given of [
    undefined,
    null,
    42,
    ['https://wiki.example.org'],
    '',
    'https://evil.example/',
    'https://evil.example/?https://wiki.example.org/',
    'https://wiki.example.org.evil.example/',
    'https://evilwiki.example.org/',
    'https://example.org/',
    'http://wiki.example.org/',
    'http://id.example.org/account',
    'https://id.example.org:8443/account',
    'https://id.example.org./account',
    // A user name hides the host from a reader.
    'https://wiki.example.org@evil.example/',
    'https://evil.example@wiki.example.org/',
    'https://user:pass@wiki.example.org/',
    'https://@wiki.example.org/',
    'https://:@wiki.example.org/',
    'https://wiki.example.org:443@evil.example/',
    'https://wiki.example.org%40evil.example/',
    'https://wiki.example.org%2f.evil.example/',
    // Whatever else a browser takes for a host.
    '//evil.example/',
    '//wiki.example.org/',
    '///evil.example/',
    '/\\evil.example/',
    '\\\\evil.example/',
    '/\\/evil.example',
    'https:\\\\evil.example/',
    'https://evil.example\\@wiki.example.org/',
    'https://wiki.example.org\\.evil.example/',
    'https:/wiki.example.org/',
    'https:wiki.example.org/',
    'https:///wiki.example.org/',
    'https:////evil.example/',
    'https://',
    'https://?x',
    'https:',
    './/evil.example/',
    '/.//evil.example/',
    '/a/..//evil.example/',
    'https://id.example.org//evil.example/',
    // A URL parser leaves these out.
    '/\t/evil.example/',
    '\t//evil.example/',
    '/\n/evil.example',
    '/\r/evil.example',
    ' //evil.example',
    'ht\ttps://wiki.example.org/',
    'https://wiki.example.org/\0',
    'https://wiki.example.org/a b',
    '\u00a0//evil.example',
    '\ufeff//evil.example',
    '\u2028//evil.example',
    '\u0085//evil.example',
    // Other schemes, in any case.
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'java\nscript:alert(1)',
    'javascript://wiki.example.org/%0aalert(1)',
    'JAVASCRIPT://id.example.org/%0Aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'DATA:text/html;base64,PHNjcmlwdD4=',
    'vbscript:x',
    'file:///etc/passwd',
    'ftp://wiki.example.org/',
    'ws://127.0.0.1/',
    'blob:https://wiki.example.org/x',
    'view-source:https://wiki.example.org/',
    'mailto:a@wiki.example.org',
    // Letters that look alike, and a dot that is none.
    'https://w\u0456ki.example.org/',
    'https://wiki.ex\u0430mple.org/',
    'https://xn--wki-7cd.example.org/',
    'https://id.example.org\u2215.evil.example/',
    'https://wiki.example.org\u3002evil.example/',
    // Only names of this machine need no HTTPS.
    'http://127.0.0.1.evil.example/',
    'http://localhost.evil.example/',
    'http://192.168.1.1/',
    'http://0.0.0.0/',
    'http://localhost:4000/',
    'https://wiki.example.org:99999/',
    'https://[::1/',
    'https://blog.example.org/a/%2e%2e%2f/b',
    `https://wiki.example.org/${'a'.repeat(2048)}`,
    `https://wiki.example.org/${'ü'.repeat(1000)}`
  ]) {
    t.equal(decide(given), undefined, inAscii(given))
  }
  t.ok(decide(`https://wiki.example.org/${'a'.repeat(2048 - 25)}`), '2,048 characters')
  t.end()
})

t.test('an open site, and one by *. alone, is a place once the proxy has asked for it', (t) => {
  for (const [url, host] of [
    ['https://open.example.org/x', 'open.example.org'],
    ['https://blog.example.org/public/x', 'blog.example.org'],
    ['https://a.apps.example.org/', 'a.apps.example.org'],
    ['https://A.apps.example.org.:8443/', 'a.apps.example.org'],
    ['https://a.b.apps.example.org/', 'a.b.apps.example.org']
  ] as const) {
    t.equal(decide(url), undefined, url)
    t.equal(decide(url, ['wiki.example.org', 'b.apps.example.org', 'apps.example.org']), undefined)
    t.equal(decide(url, [host]), new URL(url).href)
  }
  t.equal(decide('https://apps.example.org/', ['apps.example.org']), undefined, 'asking makes no site')
  t.equal(decide('https://evil.example/', ['evil.example']), undefined)
  t.end()
})

t.test('without a file of sites there are our own pages alone', (t) => {
  const places = { publicUrl, sites: null, askedHosts: new Set(['wiki.example.org']) }
  t.equal(decideReturnTo('https://wiki.example.org/', places), undefined)
  t.equal(decideReturnTo('/account', places), 'https://id.example.org/account')
  t.end()
})

t.test('a relative place is taken against the public URL', (t) => {
  t.equal(decide('account', [], 'https://example.org/auth'), 'https://example.org/auth/account')
  t.equal(decide('/auth/account', [], 'https://example.org/auth/'), 'https://example.org/auth/account')
  t.equal(decide('/x', [], 'http://localhost:3000'), 'http://localhost:3000/x')
  t.equal(
    decide('http://localhost:3001/x', [], 'http://localhost:3000'),
    undefined,
    'another port is another service'
  )
  t.equal(decide('/x', [], 'http://id.example.org'), undefined, 'no password is safe there')
  t.end()
})
