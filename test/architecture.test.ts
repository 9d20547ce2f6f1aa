import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'
import { root } from './support/dockerfile.js'
import { temporaryFolder } from './support/helper.js'

/** What may import what, beside itself: either all but `never`, or nothing but `only`. Folders, or modules of `src`. */
interface Row {
  only?: string[]
  never?: string[]
}

const ground = { only: [] }
const frontDoor = ['src/index.ts', 'src/app.ts', 'src/autoload.ts', 'src/autoload-pages.ts']
const drivers = ['src/store/file', 'src/store/postgres', 'src/store/postgres/migrations']
const opener = { only: ['src/errors', 'src/clock.ts', 'src/lookup.ts', 'src/keys', 'src/store', ...drivers] }
const plugin = {
  never: [...frontDoor, 'routes', ...drivers, 'src/server', 'src/cli', 'src/verifier', 'src/fixture']
}
const route = {
  never: [
    ...frontDoor,
    'src/pages-app.ts',
    'plugins',
    'src/store',
    'src/config',
    'src/server',
    'src/cli',
    'src/verifier',
    'src/fixture'
  ]
}
const withFixture = ({ never }: { never: string[] }) => ({
  never: never.filter((name) => name !== 'src/fixture')
})

const rows: Record<string, Row> = {
  'src/clock.ts': ground,
  'src/copy-text.ts': ground,
  'src/duration.ts': ground,
  'src/ids.ts': ground,
  'src/lookup.ts': ground,
  'src/nearest.ts': ground,
  'src/networks.ts': ground,
  'src/requester.ts': ground,
  'src/sealing.ts': ground,
  'src/secrets.ts': ground,
  'src/version.ts': ground,
  'src/lines.ts': ground,
  'src/sync-folder.ts': ground,
  'src/visible-text.ts': ground,
  'src/app-options.ts': {
    only: [
      'src/clock.ts',
      'src/accounts/users-file.ts',
      'src/config/config.ts',
      'src/config/environment.ts',
      'src/config/socket-path.ts',
      'src/fixture/fixture-clock.ts'
    ]
  },
  'src/autoload.ts': { only: ['src/app-options.ts'] },
  'src/app.ts': { only: ['src/app-options.ts', 'src/autoload.ts'] },
  'src/autoload-pages.ts': { only: ['src/app-options.ts'] },
  'src/pages-app.ts': { only: ['src/app-options.ts', 'src/autoload-pages.ts'] },
  'src/index.ts': {
    only: ['src/app-options.ts', 'src/config/environment.ts', 'src/errors/startup-error.ts', 'src/server']
  },
  'src/errors': { only: [] },
  'src/counters': { only: ['src/clock.ts', 'src/lookup.ts'] },
  'src/passwords': { only: ['src/errors', 'src/networks.ts', 'src/requester.ts'] },
  'src/import': { only: ['src/passwords'] },
  'src/audit': { only: ['src/errors'] },
  'src/keys': { only: ['src/errors', 'src/clock.ts', 'src/ids.ts'] },
  'src/second-factor': {
    only: ['src/errors', 'src/sealing.ts', 'src/secrets.ts', 'src/store/store.ts']
  },
  'src/config': {
    only: [
      'src/errors',
      'src/keys/algorithms.ts',
      'src/keys/signing-key.ts',
      'src/nearest.ts',
      'src/networks.ts',
      'src/visible-text.ts'
    ]
  },
  'src/tokens': { only: ['src/errors', 'src/clock.ts', 'src/copy-text.ts', 'src/ids.ts', 'src/keys'] },
  'src/store': { only: ['src/errors', 'src/clock.ts', 'src/counters', 'src/lookup.ts', 'src/keys'] },
  'src/store/open-store.ts': opener,
  'src/store/memory-store.ts': opener,
  'src/store/file': {
    only: [
      'src/store/store.ts',
      'src/store/driver.ts',
      'src/store/failure-counts.ts',
      'src/store/memory-failure-counts.ts',
      'src/store/pending-sign-ins.ts',
      'src/store/user-revocation.ts',
      'src/errors',
      'src/clock.ts',
      'src/ids.ts',
      'src/sync-folder.ts',
      'src/keys',
      'src/passwords/hash-formats.ts'
    ]
  },
  'src/store/postgres': {
    only: [
      'src/store/store.ts',
      'src/store/driver.ts',
      'src/store/failure-counts.ts',
      'src/store/memory-failure-counts.ts',
      'src/store/pending-sign-ins.ts',
      'src/store/user-revocation.ts',
      'src/store/postgres/migrations',
      'src/errors',
      'src/clock.ts',
      'src/ids.ts',
      'src/lookup.ts',
      'src/sealing.ts',
      'src/version.ts',
      'src/keys'
    ]
  },
  'src/store/postgres/migrations': { only: ['src/store/postgres/migration.ts'] },
  'src/accounts': {
    only: [
      'src/errors',
      'src/requester.ts',
      'src/clock.ts',
      'src/copy-text.ts',
      'src/ids.ts',
      'src/passwords',
      'src/tokens',
      'src/audit',
      'src/lookup.ts',
      'src/store/store.ts',
      'src/second-factor',
      'src/config/setting-document.ts'
    ]
  },
  'src/sign-in': {
    only: [
      'src/errors',
      'src/networks.ts',
      'src/requester.ts',
      'src/counters',
      'src/clock.ts',
      'src/ids.ts',
      'src/secrets.ts',
      'src/passwords',
      'src/audit',
      'src/lookup.ts',
      'src/store/store.ts',
      'src/store/failure-counts.ts',
      'src/store/pending-sign-ins.ts',
      'src/second-factor',
      'src/copy-text.ts',
      'src/accounts/account-members.ts',
      'src/accounts/complete-sign-in.ts',
      'src/accounts/user-name.ts'
    ]
  },
  'src/sessions': {
    only: [
      'src/networks.ts',
      'src/errors',
      'src/requester.ts',
      'src/secrets.ts',
      'src/counters',
      'src/clock.ts',
      'src/copy-text.ts',
      'src/ids.ts',
      'src/accounts',
      'src/sign-in',
      'src/tokens',
      'src/audit',
      'src/store/store.ts'
    ]
  },
  'src/oauth': {
    only: [
      'src/errors',
      'src/secrets.ts',
      'src/tokens',
      'src/sessions',
      'src/accounts',
      'src/audit',
      'src/store/store.ts'
    ]
  },
  'src/admin': {
    only: [
      'src/errors',
      'src/requester.ts',
      'src/clock.ts',
      'src/ids.ts',
      'src/lookup.ts',
      'src/secrets.ts',
      'src/passwords',
      'src/keys',
      'src/tokens',
      'src/accounts',
      'src/sign-in',
      'src/sessions',
      'src/audit',
      'src/store/store.ts'
    ]
  },
  'src/backup': {
    only: [
      'src/errors',
      'src/clock.ts',
      'src/lines.ts',
      'src/version.ts',
      'src/keys',
      'src/audit',
      'src/store/store.ts'
    ]
  },
  'src/monitoring': { only: ['src/errors', 'src/audit', 'src/keys', 'src/store/store.ts'] },
  'src/http': {
    only: ['src/http/schemas', 'src/errors', 'src/lookup.ts', 'src/networks.ts', 'src/requester.ts']
  },
  'src/http/schemas': { only: ['src/http'] },
  'src/browser': {
    only: [
      'src/errors',
      'src/clock.ts',
      'src/copy-text.ts',
      'src/duration.ts',
      'src/ids.ts',
      'src/lookup.ts',
      'src/networks.ts',
      'src/requester.ts',
      'src/secrets.ts',
      'src/visible-text.ts',
      'src/keys',
      'src/tokens',
      'src/accounts',
      'src/sign-in',
      'src/sessions',
      'src/admin',
      'src/audit',
      'src/http',
      'src/store/store.ts',
      'src/store/pending-sign-ins.ts',
      'src/config/setting-file.ts',
      'src/config/setting-document.ts'
    ]
  },
  'src/browser/pages': {
    only: ['src/browser', 'src/errors', 'src/accounts', 'src/sessions', 'src/admin', 'src/store/store.ts']
  },
  'src/browser/pages/texts': { only: ['src/browser/pages', 'src/errors'] },
  'src/verifier': {
    only: ['src/errors', 'src/tokens/claims.ts', 'src/http/presented-token.ts', 'src/http/challenge.ts']
  },
  'src/client': { only: [] },
  'src/server': {
    only: ['src/errors', 'src/config', 'src/http', 'src/app.ts', 'src/app-options.ts', 'src/visible-text.ts']
  },
  'src/fixture': { never: [...frontDoor, 'src/cli', 'src/verifier', 'plugins', 'routes', ...drivers] },
  'src/cli': { never: [...frontDoor, 'src/verifier', 'plugins', 'routes', ...drivers] },
  'plugins/admin': plugin,
  'plugins/core': plugin,
  'plugins/http': plugin,
  'plugins/pages': plugin,
  'plugins/fixture': withFixture(plugin),
  routes: route,
  'routes/admin': route,
  'routes/oauth': route,
  'routes/pages': route,
  'routes/service': route,
  'routes/fixture': withFixture(route)
}

// The domain knows no framework.
const frameworks = ['fastify', 'fastify/types/instance.js', 'fastify-plugin', '@fastify/jwt']

// Ways round the rules: nobody takes the package by its own name, or a path that hides where it leads.
const detours = ['postern', 'postern/verify', './../x.js']
const withFramework = [
  'src/app',
  'src/app-options',
  'src/autoload',
  'src/autoload-pages',
  'src/pages-app',
  'src/index',
  'src/http',
  'src/verifier',
  'src/server',
  'src/fixture',
  'src/cli',
  'plugins',
  'routes'
]

const sources = ['src', 'plugins', 'routes'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.c?ts$/.test(path))
    .map((path) => `${folder}/${path}`)
)

/** The row of a source: its own, else that of its folder. */
const rowOf = (source: string) => (source in rows ? source : dirname(source))

t.test('every source is in a folder of which it is said what it may import', (t) => {
  t.same(
    sources.filter((source) => !(rowOf(source) in rows)),
    []
  )
  t.same(
    Object.keys(rows).filter((row) => !sources.some((source) => rowOf(source) === row)),
    [],
    'no row is left of a folder that is gone'
  )
  t.end()
})

t.test('the linter refuses every import that a folder may not have, and no other', (t) => {
  const folder = temporaryFolder(t)
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'))
  const expected: string[] = []
  for (const [row, rule] of Object.entries(rows)) {
    const probe = row.endsWith('.ts') ? row : `${row}/probe.ts`
    const modules = sources.filter((source) => source !== probe)
    const specifiers = modules.map((source) => toSpecifier(probe, source))
    mkdirSync(join(folder, dirname(probe)), { recursive: true })
    writeFileSync(
      join(folder, probe),
      [...specifiers, ...frameworks, ...detours].map((specifier) => `import '${specifier}'\n`).join('')
    )
    for (const [index, module] of modules.entries()) {
      if (!isAllowed(row, rule, module)) expected.push(`${probe} ${specifiers[index]}`)
    }
    const isFree = withFramework.some(
      (name) => row === name || row.startsWith(`${name}/`) || row === `${name}.ts`
    )
    expected.push(...detours.map((name) => `${probe} ${name}`))
    if (!isFree) expected.push(...frameworks.map((name) => `${probe} ${name}`))
  }
  t.same(refusedImports(folder).sort(), expected.sort())
  t.end()
})

t.test('a route makes nothing itself', (t) => {
  const folder = temporaryFolder(t)
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'))
  mkdirSync(join(folder, 'routes'))
  writeFileSync(
    join(folder, 'routes/probe.ts'),
    "import { createSessions } from '../src/sessions/sessions.js'\nimport type { Sessions } from '../src/sessions/sessions.js'\n"
  )
  t.same(refusedImports(folder), ['routes/probe.ts ../src/sessions/sessions.js'])
  t.end()
})

t.test('no import is excepted from these rules', (t) => {
  const exceptions: string[] = []
  for (const source of sources) {
    const text = readFileSync(join(root, source), 'utf8')
    // biome lets an import within a type pass.
    t.notMatch(text, /import\('\.[^']*'\)\.[A-Z]/, source)
    for (const [, line = ''] of text.matchAll(/biome-ignore.*\n(.*)/g)) {
      exceptions.push(`${source} ${/^import .* from '(.+)'$/.exec(line)?.[1]}`)
    }
  }
  t.same(exceptions.sort(), [])
  t.end()
})

// A deployment without a database pays for none: neither at the start nor in memory.
t.test('the driver of PostgreSQL, and pg, are imported at their first use alone', async (t) => {
  for (const source of sources.filter((source) => !source.startsWith('src/store/postgres/'))) {
    const text = readFileSync(join(root, source), 'utf8')
    t.notMatch(
      text,
      /^(?:import|export)\s(?!type\b)[^'";]*from '(?:[^']*\/postgres\/[^']*|pg(?:-[^']*)?)'/m,
      source
    )
  }
})

t.test('the file of sites is imported at its first use alone', async (t) => {
  // The command that reports on the settings reads the files that they name.
  const readers = ['src/browser/sites-file.ts', 'src/cli/config-report.ts']
  for (const source of sources.filter((source) => !readers.includes(source))) {
    const text = readFileSync(join(root, source), 'utf8')
    t.notMatch(text, /^(?:import|export)\s(?!type\b)[^'";]*from '[^']*\/sites-file\.js'/m, source)
  }
})

// fastify-plugin looks for the name of another one in a stack, for which the bundle reads its source map: a fifth of a second.
t.test('a plugin whose function has no name says its own', (t) => {
  for (const folder of ['plugins', 'routes']) {
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue
      const text = readFileSync(join(root, folder, file), 'utf8')
      const isAnonymous = /\bfp(?:<\w+>)?\(\s*(?:async )?\(/.test(text)
      t.ok(!isAnonymous || /\{\s*name: '/.test(text), `${folder}/${file}`)
    }
  }
  t.end()
})

function toSpecifier(from: string, to: string): string {
  const path = relative(dirname(from), to)
    .replace(/\.ts$/, '.js')
    .replace(/\.cts$/, '.cjs')
  return path.startsWith('.') ? path : `./${path}`
}

function isAllowed(row: string, { only, never = [] }: Row, module: string): boolean {
  const isIn = (name: string) => module === name || module.startsWith(`${name}/`)
  if (!row.endsWith('.ts') && rowOf(module) === row) return true
  return only === undefined ? !never.some(isIn) : only.some(isIn)
}

/** What biome refuses in this folder by the rules of imports: the file and the specifier of each. */
function refusedImports(folder: string): string[] {
  const { stdout } = spawnSync(
    join(root, 'node_modules/.bin/biome'),
    ['lint', '--only=style/noRestrictedImports', '--reporter=github', '--max-diagnostics=none', '.'],
    { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }
  )
  return [...stdout.matchAll(/file=([^,]+),line=(\d+)/g)].map(([, path = '', line]) => {
    const [, specifier] = /'(.*)'/.exec(readFileSync(path, 'utf8').split('\n')[Number(line) - 1] ?? '') ?? []
    return `${relative(realpathSync(folder), path)} ${specifier}`
  })
}
