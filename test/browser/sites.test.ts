import t from 'tap'
import { siteHost } from '../../src/browser/site-host.js'
import { createSites, judge, type SiteRule } from '../../src/browser/sites.js'

const now = 1_893_456_000

/** A rule, named by its only group. */
function rule(name: string, host: string, path?: string): SiteRule {
  return {
    host,
    ...(path !== undefined && { path }),
    groups: [name],
    needsSecondFactor: false,
    isOpen: false
  }
}

const sites = createSites([
  rule('wildcard', '*.example.org'),
  rule('deep', '*.admin.example.org'),
  rule('wiki', 'wiki.example.org'),
  rule('blog', 'blog.example.org'),
  rule('blog-folder', 'blog.example.org', '/public/*'),
  rule('blog-drafts', 'blog.example.org', '/public/drafts/*'),
  rule('blog-page', 'blog.example.org', '/public/drafts/a'),
  rule('blog-index', 'blog.example.org', '/public/'),
  rule('paths', 'paths.example.net', '/a'),
  rule('below', '*.wild.example.net', '/a/*'),
  rule('address', '127.0.0.1'),
  rule('ipv6', '[::1]'),
  rule('idn', 'xn--bcher-kva.example')
])

const find = (host: string, target = '/') => sites.findSite(host, target)?.groups?.[0]

t.test('the host of a request has one spelling, whatever the browser or the proxy writes', (t) => {
  const hosts: [text: string, host: string | undefined][] = [
    ['wiki.example.org', 'wiki.example.org'],
    ['WIKI.Example.ORG', 'wiki.example.org'],
    ['wiki.example.org.', 'wiki.example.org'],
    ['wiki.example.org:8443', 'wiki.example.org'],
    ['Wiki.Example.org.:443', 'wiki.example.org'],
    ['localhost:3000', 'localhost'],
    ['a_b.example.org', 'a_b.example.org'],
    ['127.0.0.1:80', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['[::1]:8080', '[::1]'],
    ['[0:0:0:0:0:0:0:1]', '[::1]'],
    ['[2001:DB8::1]', '[2001:db8::1]'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['bücher.example', undefined],
    ['wiki.example.org..', undefined],
    ['.wiki.example.org', undefined],
    ['wiki..example.org', undefined],
    ['', undefined],
    ['.', undefined],
    [':80', undefined],
    ['::1', undefined],
    ['[::1', undefined],
    ['[::1%eth0]', undefined],
    ['[::1]x', undefined],
    ['256.256.256.256', undefined],
    ['wiki.example.org:port', undefined],
    ['wiki.example.org:', undefined],
    ['wiki.example.org:123456', undefined],
    ['user@wiki.example.org', undefined],
    ['user:pass@wiki.example.org', undefined],
    ['wiki.example.org@evil.example', undefined],
    ['wiki.example.org, evil.example', undefined],
    ['wiki.example.org evil.example', undefined],
    ['wiki.example.org/x', undefined],
    ['wiki.example.org\\x', undefined],
    ['wiki.example.org#x', undefined],
    ['wiki.example.org?x', undefined],
    ['wiki%2eexample.org', undefined],
    ['wiki.example.org\t', undefined],
    ['*.example.org', undefined],
    ['https://wiki.example.org', undefined],
    [`${'a'.repeat(63)}.example.org`, `${'a'.repeat(63)}.example.org`],
    [`${'a'.repeat(64)}.example.org`, undefined],
    [`${'a.'.repeat(140)}org`, undefined]
  ]
  for (const [text, host] of hosts) t.equal(siteHost(text), host, JSON.stringify(text))
  t.end()
})

t.test('the most specific rule decides: an exact host before *. and a long path before a short one', (t) => {
  const cases: [host: string, target: string, name: string | undefined][] = [
    ['wiki.example.org', '/', 'wiki'],
    ['WIKI.example.org.:443', '/any/thing?x=%2e', 'wiki'],
    ['other.example.org', '/', 'wildcard'],
    ['a.b.example.org', '/', 'wildcard'],
    ['x.admin.example.org', '/', 'deep'],
    ['x.y.admin.example.org', '/', 'deep'],
    ['admin.example.org', '/', 'wildcard'],
    ['example.org', '/', undefined],
    ['notexample.org', '/', undefined],
    ['evilexample.org', '/', undefined],
    ['wiki.example.org.evil.example', '/', undefined],
    ['unknown.example', '/', undefined],
    ['', '/', undefined],
    ['127.0.0.1:4000', '/', 'address'],
    ['0.0.0.1', '/', undefined],
    ['[::1]:4000', '/', 'ipv6'],
    ['[0:0::1]', '/', 'ipv6'],
    ['XN--BCHER-KVA.example', '/', 'idn'],
    ['bücher.example', '/', undefined],
    ['blog.example.org', '/', 'blog'],
    ['blog.example.org', '/x', 'blog'],
    ['blog.example.org', '/public', 'blog'],
    ['blog.example.org', '/public/', 'blog-index'],
    ['blog.example.org', '/public/x', 'blog-folder'],
    ['blog.example.org', '/public/x/y/z', 'blog-folder'],
    ['blog.example.org', '/public/x?next=/admin/..%2f;a=\\//', 'blog-folder'],
    ['blog.example.org', '/public/?x', 'blog-index'],
    ['blog.example.org', '/public?/x', 'blog'],
    ['blog.example.org', '/publicity', 'blog'],
    ['blog.example.org', '/Public/x', 'blog'],
    ['blog.example.org', '/PUBLIC/x', 'blog'],
    ['blog.example.org', '/public/drafts', 'blog-folder'],
    ['blog.example.org', '/public/drafts/', 'blog-folder'],
    ['blog.example.org', '/public/drafts/b', 'blog-drafts'],
    ['blog.example.org', '/public/drafts/a', 'blog-page'],
    ['blog.example.org', '/public/drafts/a/', 'blog-drafts'],
    ['paths.example.net', '/a', 'paths'],
    ['paths.example.net', '/a?b', 'paths'],
    ['paths.example.net', '/a/', undefined],
    ['paths.example.net', '/A', undefined],
    ['paths.example.net', '/', undefined],
    ['x.wild.example.net', '/a/b', 'below'],
    ['x.wild.example.net', '/a', undefined],
    ['x.wild.example.net', '/b', undefined]
  ]
  for (const [host, target, name] of cases) t.equal(find(host, target), name, `${host} ${target}`)
  t.end()
})

t.test('the order of the rules in the file does not matter', (t) => {
  const rules = [
    rule('c', 'a.example', '/x/y'),
    rule('b', 'a.example', '/x/*'),
    rule('a', 'a.example'),
    rule('d', '*.example')
  ]
  for (const order of [rules, rules.toReversed()]) {
    const found = ['/x/y', '/x/z', '/z'].map(
      (path) => createSites(order).findSite('a.example', path)?.groups?.[0]
    )
    t.same(found, ['c', 'b', 'a'])
  }
  t.end()
})

// What two servers read in two ways: with a rule for one path, another one could be had by it.
const ambiguous = [
  '/public/%2e%2e/admin',
  '/public%2fx',
  '/%70ublic/x',
  '/public/x%',
  '/public/..;/admin',
  '/public/x;jsessionid=1',
  '/public/;/x',
  '/public/../admin',
  '/public/./x',
  '/public/..',
  '/public/.',
  '/public/.git/config',
  '/.well-known/x',
  '/..',
  '/public\\..\\admin',
  '/public/\\x',
  '\\public/x',
  '//public/x',
  '/public//x',
  '/public/x//',
  '//blog.example.org/public/x',
  '/public/x#/../admin',
  '#/public/x',
  '/public/x y',
  '/public/x\ty',
  '/public/x\0',
  '/public/x\r\n',
  '/public/ü',
  '/public/\u2024\u2024/admin',
  'public/x',
  'https://blog.example.org/public/x',
  'http://evil.example/public/x',
  '*',
  '',
  '?/public/x'
]

t.test('on a host with a rule for a path, a path that can be read in two ways is for nobody', (t) => {
  for (const target of ambiguous) {
    t.equal(find('blog.example.org', target), undefined, JSON.stringify(target))
    t.equal(find('x.wild.example.net', target), undefined, JSON.stringify(target))
    t.equal(find('wiki.example.org', target), 'wiki', 'elsewhere the path decides nothing')
  }
  const both = createSites([rule('any', 'a.example.org'), rule('below', '*.example.org', '/x/*')])
  t.equal(both.findSite('a.example.org', '/x/%2e'), undefined, 'a rule of *. counts for the hosts below it')
  t.equal(both.findSite('a.example.org', '/x/y')?.groups?.[0], 'any', 'but an exact host is before it')
  t.end()
})

const open = { host: 'a', needsSecondFactor: false, isOpen: true }
const closed = { ...open, isOpen: false }
const family = { ...closed, groups: ['family', 'friends'] }
const strict = { ...family, needsSecondFactor: true, maxAge: 3600 }
const strong = { authTime: now, amr: ['pwd', 'otp', 'mfa'], now }
const allowed = { kind: 'allowed' }
const needs = (missing: string) => ({ kind: 'sign_in', missing })
const denied = { kind: 'denied' }

t.test('a rule says who may see its site, and what is missing', (t) => {
  const cases: [what: string, verdict: unknown, ...Parameters<typeof judge>][] = [
    ['an open site asks nobody', allowed, open, undefined, { now }],
    ['an open site is there for everybody', allowed, open, { groups: [] }, { now }],
    ['nobody is signed in', needs('account'), closed, undefined, strong],
    ['without groups every account may', allowed, closed, {}, { now }],
    ['any of the groups', allowed, family, { groups: ['x', 'friends'] }, { now }],
    ['none of the groups', denied, family, { groups: ['Family', 'famil'] }, strong],
    ['no group at all', denied, family, {}, strong],
    ['the group comes before the factor', denied, strict, { groups: ['x'] }, { now }],
    [
      'a factor that is missing',
      needs('second_factor'),
      strict,
      { groups: ['family'] },
      { ...strong, amr: ['pwd'] }
    ],
    ['no word about factors', needs('second_factor'), strict, { groups: ['family'] }, { authTime: now, now }],
    ['all of it', allowed, strict, { groups: ['family'] }, strong],
    ['a password at the edge', allowed, strict, { groups: ['family'] }, { ...strong, authTime: now - 3600 }],
    [
      'a password too old',
      needs('fresh_password'),
      strict,
      { groups: ['family'] },
      { ...strong, authTime: now - 3601 }
    ],
    [
      'a password of an unknown time',
      needs('fresh_password'),
      strict,
      { groups: ['family'] },
      { ...strong, authTime: undefined }
    ],
    [
      'the clock of another machine',
      allowed,
      strict,
      { groups: ['family'] },
      { ...strong, authTime: now + 30 }
    ],
    [
      'a password from the future',
      needs('fresh_password'),
      strict,
      { groups: ['family'] },
      { ...strong, authTime: now + 31 }
    ],
    ['nobody at a strict site', needs('account'), strict, undefined, { now }]
  ]
  for (const [what, verdict, ...given] of cases) t.same(judge(...given), verdict, what)
  t.end()
})
