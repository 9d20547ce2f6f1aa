import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { root } from './support/dockerfile.js'

/** The titles in a test file as they stand in its source, with `${…}` where a title has a part that is not fixed. */
function titlesOf(file: string): Set<string> {
  const source = readFileSync(join(root, 'test', file), 'utf8')
  const calls = source.matchAll(/\bt\.test\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g)
  return new Set([...calls].map(([, , title = '']) => title.replace(/\\(.)/g, '$1')))
}

/** The last cells of all rows in the tables of the catalogue, but for those of their heads. */
function testCells(): string[] {
  const catalogue = readFileSync(join(root, 'docs/threat-model.md'), 'utf8')
  const rows = catalogue.split('\n').filter((line) => line.startsWith('| ') && !line.endsWith('| Test |'))
  return rows.map((row) => row.split(' | ')[2]?.replace(/ \|$/, '') ?? '')
}

t.test(
  'every line of the catalogue of threats names tests that there are, or says why there is none',
  (t) => {
    const cells = testCells()
    t.ok(cells.length > 100)
    for (const cell of cells) {
      if (cell.startsWith('none: ')) continue
      const groups = cell.split(/; (?=`)/)
      for (const group of groups) {
        const [, file = '', titles = ''] = /^`([\w./-]+)`: ("[^"]+"(?:, "[^"]+")*)$/.exec(group) ?? []
        if (!t.not(file, '', `a file and titles: ${group}`)) continue
        const known = titlesOf(file)
        for (const title of titles.slice(1, -1).split('", "')) t.ok(known.has(title), `${file}: ${title}`)
      }
    }
    t.end()
  }
)

t.test('every finding that a title of a test begins with is in the catalogue', (t) => {
  const catalogue = readFileSync(join(root, 'docs/threat-model.md'), 'utf8')
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  for (const file of files.filter((name) => name.endsWith('.test.ts'))) {
    for (const title of titlesOf(file)) {
      const [marks = ''] = /^(?:[HMLRC]\d+(?:, |: ))+/.exec(title) ?? []
      for (const [mark] of marks.matchAll(/[HMLRC]\d+/g)) {
        t.match(catalogue, new RegExp(`\\b${mark}\\b`), `${file}: ${title}`)
      }
    }
  }
  t.end()
})

// The first releases without holes that are known of them; find-my-way is the router of fastify.
const mended = { fastify: '5.12.5', 'fast-jwt': '6.3.6', 'find-my-way': '9.7.0' }

t.test('no package is older than the release that mended its known holes', (t) => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  for (const [name, least] of Object.entries(mended)) {
    const versions = Object.entries<{ version: string }>(packages)
      .filter(([path]) => path.endsWith(`node_modules/${name}`))
      .map(([, { version }]) => version)
    t.not(versions.length, 0, name)
    for (const version of versions) {
      t.ok(version.localeCompare(least, 'en', { numeric: true }) >= 0, `${name} ${version}`)
    }
  }
  t.end()
})
