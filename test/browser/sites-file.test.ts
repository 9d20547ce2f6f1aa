import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openSitesFile, requireSites } from '../../src/browser/sites-file.js'
import { startService, temporaryFolder } from '../support/helper.js'

// The one of the contract.
const yaml = `sites:
  - host: wiki.example.org
    groups: [family]            # any of these; none: every active account
  - host: '*.admin.example.org'
    groups: [ops]
    second_factor: true
    max_age: 8h                 # since the password was given
  - host: blog.example.org
    path: /public/*
    open: true                  # nobody is asked
`
const rules = [
  { host: 'wiki.example.org', groups: ['family'], needsSecondFactor: false, isOpen: false },
  { host: '*.admin.example.org', groups: ['ops'], needsSecondFactor: true, maxAge: 28_800, isOpen: false },
  { host: 'blog.example.org', path: '/public/*', needsSecondFactor: false, isOpen: true }
]
const document = {
  sites: [
    { host: 'wiki.example.org', groups: ['family'] },
    { host: '*.admin.example.org', groups: ['ops'], second_factor: true, max_age: '8h' },
    { host: 'blog.example.org', path: '/public/*', open: true }
  ]
}

t.test('a file of sites is YAML or JSON', async (t) => {
  t.same(requireSites(document), rules)
  const folder = temporaryFolder(t)
  for (const [name, text] of Object.entries({ 'a.yaml': yaml, 'a.json': JSON.stringify(document) })) {
    const path = join(folder, name)
    writeFileSync(path, text)
    const sites = await openSitesFile(path)
    t.same(sites.findSite('x.admin.example.org', '/'), rules[1], name)
    t.equal(sites.findSite('blog.example.org', '/private'), undefined)
  }
})

t.test('a member that is right in every form is taken', (t) => {
  for (const site of [
    { host: 'localhost' },
    { host: '*.localhost' },
    { host: '127.0.0.1' },
    { host: '[2001:db8::1]' },
    { host: 'xn--bcher-kva.example', open: false },
    { host: 'a.example', path: '/' },
    { host: 'a.example', path: '/*' },
    { host: 'a.example', path: "/a-._~!$&'()+,=:@b/*" },
    { host: 'a.example', max_age: 60 },
    { host: 'a.example', max_age: '1.5h', groups: ['a', 'b'] }
  ]) {
    t.equal(requireSites({ sites: [site] })[0]?.host, site.host)
  }
  t.same(requireSites({ sites: [] }), [])
  t.end()
})

t.test('a mistake names the site and the member, and says what is right', (t) => {
  const host = 'a.example'
  const aHost = /^\S+ takes .*: \/sites\/0\/host must be a host in lower case/
  const aPath = /: \/sites\/0\/path must begin with \/.* \(of a\.example\)$/
  const anAge = /: \/sites\/0\/max_age must be at least 60 seconds, or .*'8h'.* \(of a\.example\)$/
  const mistakes: [value: unknown, message: RegExp][] = [
    [null, /the document must be of the type object/],
    [[], /the document must be of the type object/],
    [{}, /: \/sites is missing$/],
    [{ sites: {} }, /: \/sites must be of the type array$/],
    [{ sites: [], default: 'open' }, /: \/default is no member/],
    [{ sites: ['a.example'] }, /: \/sites\/0 must be of the type object$/],
    [{ sites: [{}] }, /: \/sites\/0\/host is missing$/],
    [{ sites: [{ host: 1 }] }, /: \/sites\/0\/host must be of the type string$/],
    ...[
      'A.example',
      'a.example.',
      'a.example:443',
      'https://a.example',
      'a.example/',
      '',
      '*',
      '*.',
      '*.*.example',
      'a.*.example',
      'a*.example',
      'bücher.example',
      '*.127.0.0.1',
      '*.[::1]',
      '0x7f.1',
      '[0:0::1]',
      '::1',
      'user@a.example',
      'a b'
    ].map((wrong): [unknown, RegExp] => [{ sites: [{ host: wrong }] }, aHost]),
    ...[
      '',
      'a',
      '*',
      '/a*',
      '/*/a',
      '/**',
      '/a/*/',
      '/a?b',
      '/a#b',
      '/a%20b',
      '/a;b',
      '/a\\b',
      '//a',
      '/a//b',
      '/.a',
      '/a/../b',
      '/a b',
      '/ä',
      'https://a.example/'
    ].map((path): [unknown, RegExp] => [{ sites: [{ host, path }] }, aPath]),
    ...[0, 59, -1, '59s', '1 h', '1w', 'h', '', null, [], Number.NaN].map((max_age): [unknown, RegExp] => [
      { sites: [{ host, max_age }] },
      anAge
    ]),
    [
      { sites: [{ host, groups: [] }] },
      /: \/sites\/0\/groups must have a group, or be left out .* \(of a\.example\)$/
    ],
    [{ sites: [{ host, groups: ['a b'] }] }, /: \/sites\/0\/groups must be .* letters, digits/],
    [{ sites: [{ host, groups: 'family' }] }, /: \/sites\/0\/groups must be of the type array/],
    [{ sites: [{ host, open: 'yes' }] }, /: \/sites\/0\/open must be of the type boolean/],
    [{ sites: [{ host, second_factor: 1 }] }, /: \/sites\/0\/second_factor must be of the type boolean/],
    [
      { sites: [{ host, grups: ['family'] }] },
      /: \/sites\/0\/grups is no member of a site \(of a\.example\)$/
    ],
    [{ sites: [{ host, ['__proto__']: 1 }] }, /is no member of a site/],
    [
      { sites: [{ host: 'b.example' }, { host, open: true, groups: ['a'] }] },
      /: \/sites\/1 must not have both open and groups \(of a\.example\)$/
    ],
    [{ sites: [{ host, open: true, max_age: '8h' }] }, /both open and max_age/],
    [{ sites: [{ host, open: true, second_factor: false }] }, /both open and second_factor/],
    [
      { sites: [{ host }, { host }] },
      /: \/sites\/1 has the host and the path of an earlier one \(of a\.example\)$/
    ],
    [
      {
        sites: [
          { host, path: '/a' },
          { host, path: '/a', open: true }
        ]
      },
      /\/sites\/1 has the host and the path/
    ]
  ]
  for (const [value, message] of mistakes) {
    t.throws(() => requireSites(value), { name: 'StartupError', message }, JSON.stringify(value))
  }
  t.end()
})

t.test('sites without pages for people are warned of, and no others', async (t) => {
  const path = join(temporaryFolder(t), 'sites.yaml')
  writeFileSync(path, yaml)
  for (const [pages, isWarned] of [
    ['off', true],
    ['on', false]
  ] as const) {
    const { log } = await startService(t, { POSTERN_SITES_FILE: path, POSTERN_PAGES: pages })
    t.equal(log.join('').includes('POSTERN_SITES_FILE without pages for people'), isWarned, pages)
  }
  const { log } = await startService(t, { POSTERN_PAGES: 'off' })
  t.notMatch(log.join(''), 'POSTERN_SITES_FILE', 'nor pages without sites')
})

t.test('a service with sites reads them again, and keeps the old ones over a mistake', async (t) => {
  const path = join(temporaryFolder(t), 'sites.yaml')
  writeFileSync(path, yaml)
  const { app, log } = await startService(t, { POSTERN_SITES_FILE: path })
  t.ok(log.some((line) => line.includes('POSTERN_SITES_FILE without POSTERN_TRUST_PROXY')))
  const find = (host: string) => app.sites?.findSite(host, '/')?.groups
  t.same(find('wiki.example.org'), ['family'])
  writeFileSync(path, 'sites: [{ host: wiki.example.org, groups: [staff] }]')
  await app.sites?.reload()
  t.same(find('wiki.example.org'), ['staff'])
  for (const wrong of ['', 'sites: [{ host: Wiki.example.org }]', '{', 'sites:\n  - host: "a']) {
    writeFileSync(path, wrong)
    await t.rejects(Promise.resolve(app.sites?.reload()), {
      name: 'StartupError',
      message: /^POSTERN_SITES_FILE takes/
    })
    t.same(find('wiki.example.org'), ['staff'])
  }
})

t.test('a service without a file of sites has none', async (t) => {
  const { app } = await startService(t)
  t.equal(app.sites, null)
})

t.test('a file of sites with a mistake stops the start', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'sites.yaml')
  writeFileSync(path, 'sites: [{ host: wiki.example.org, group: family }]')
  await t.rejects(startService(t, { POSTERN_SITES_FILE: path }), {
    name: 'StartupError',
    message:
      'POSTERN_SITES_FILE takes a file of JSON or YAML with sites: /sites/0/group is no member of a site (of wiki.example.org)'
  })
  await t.rejects(startService(t, { POSTERN_SITES_FILE: join(folder, 'missing') }), {
    message: 'POSTERN_SITES_FILE cannot be read (ENOENT)'
  })
})
