import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { root } from './support/dockerfile.js'

/** The documents for people who change Postern. */
const documents = [
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/architecture.md',
  'docs/threat-model.md',
  ...readdirSync(join(root, 'docs/decisions')).map((name) => `docs/decisions/${name}`)
]

const link = /\]\((?!\w+:)([^)#]+)[^)]*\)/g
const path = /`((?:bench|bin|docs|examples|packaging|plugins|routes|scripts|src|test)\/[\w./-]+)`/g

t.test('every link and every path in the documents for contributors leads somewhere', (t) => {
  for (const document of documents) {
    const text = readFileSync(join(root, document), 'utf8')
    for (const [, target = ''] of text.matchAll(link)) {
      t.ok(existsSync(join(root, dirname(document), target)), `${document}: ${target}`)
    }
    for (const [, target = ''] of text.matchAll(path)) {
      // The catalogue of threats names tests below `test`.
      const isThere = [target, `${target}.ts`, `test/${target}`].some((name) => existsSync(join(root, name)))
      t.ok(isThere, `${document}: ${target}`)
    }
  }
  t.end()
})
