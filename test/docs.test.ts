import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'
import { operations } from '../scripts/openapi/operations/operations.js'
import { auditEvents, createAudit, isSuspicious } from '../src/audit/audit.js'
import { commands } from '../src/cli/command-table.js'
import { ConfigSchema, settingSchema } from '../src/config/schema.js'
import { refusals } from '../src/errors/refusals.js'
import { exitCodes } from '../src/errors/startup-error.js'
import { createMetrics } from '../src/monitoring/metrics.js'
import { root } from './support/dockerfile.js'
import { anchors, codeWords, docPages, links, readDoc, sentences, tableRows } from './support/docs.js'

const pages = docPages
const docs = pages.filter((page) => page.startsWith('docs/'))

/** The file and the anchor that a relative link of a page leads to. */
function resolveLink(page: string, link: string): { file: string; anchor: string } {
  const [path = '', anchor = ''] = link.split('#')
  return { file: path === '' ? page : normalize(join(dirname(page), path)), anchor }
}

const relativeLinks = (page: string) => links(page).filter((link) => !/^[a-z]+:/.test(link))

t.test('every relative link, and every anchor, leads somewhere', (t) => {
  for (const page of [...pages, 'examples/README.md', 'bench/README.md']) {
    for (const link of relativeLinks(page)) {
      const { file, anchor } = resolveLink(page, link)
      t.ok(existsSync(join(root, file)), `${page}: ${link}`)
      if (anchor !== '') t.ok(anchors(file).includes(anchor), `${page}: ${link}`)
    }
  }
  t.end()
})

/** These have a table of contents of their own. */
const isDecision = (page: string) => /^docs\/decisions\/\d/.test(page)

t.test('the table of contents, and that of the README, lead to every page', (t) => {
  const decisions = 'docs/decisions/README.md'
  const listed = new Set(relativeLinks(decisions).map((link) => resolveLink(decisions, link).file))
  t.same(
    docs.filter((page) => isDecision(page) && !listed.has(page)),
    [],
    decisions
  )
  for (const contents of ['README.md', 'docs/README.md']) {
    const targets = new Set(relativeLinks(contents).map((link) => resolveLink(contents, link).file))
    t.same(
      docs.filter((page) => page !== contents && !isDecision(page) && !targets.has(page)),
      [],
      contents
    )
  }
  t.end()
})

t.test('every path of the source that a page names is there', (t) => {
  const path = /`((?:bench|bin|docs|examples|packaging|plugins|routes|scripts|src|test)\/[\w./-]+)`/g
  for (const page of pages) {
    for (const [, target = ''] of readDoc(page).matchAll(path)) {
      // The catalogue of threats names tests below `test`.
      const isThere = [target, `${target}.ts`, `test/${target}`].some((name) => existsSync(join(root, name)))
      t.ok(isThere, `${page}: ${target}`)
    }
  }
  t.end()
})

t.test('every name of the code that the pages for developers use is in the code', (t) => {
  const files = ['src', 'plugins', 'routes', 'scripts', 'bench', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path))
  )
  const sources = [...files.filter((path) => /\.c?ts$/.test(path)), 'biome.json'].map(readDoc)
  const names = new Set(sources.join('\n').match(/[\w$]+/g))
  for (const page of ['docs/architecture.md', 'CONTRIBUTING.md']) {
    // Any other word may be one of a command, or of English.
    const used = codeWords(readDoc(page)).flatMap((text) => text.match(/\b[A-Za-z]+[a-z][A-Z]\w*/g) ?? [])
    const missing = used.filter((name) => name !== 'createX' && !names.has(name))
    t.same(missing, [], page)
  }
  t.end()
})

t.test('the README has at most 180 lines', (t) => {
  t.ok(readDoc('README.md').trimEnd().split('\n').length <= 180)
  t.end()
})

t.test('no sentence begins with What or Whoever but a question', (t) => {
  for (const page of pages) {
    t.same(
      sentences(page).filter(
        (sentence) => /^\W*(?:What|Whoever)\b/.test(sentence) && !/\?\W*$/.test(sentence)
      ),
      [],
      page
    )
  }
  t.end()
})

t.test('no comment in the source begins with What or Whoever', (t) => {
  for (const folder of ['src', 'plugins', 'routes', 'scripts', 'bench', 'bin']) {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    for (const file of files.filter((name) => /\.c?ts$/.test(name))) {
      const comments = readDoc(`${folder}/${file}`).matchAll(
        /(?:\/\*\*?|^\s*\*|\/\/|\.) (?:What|Whoever) [^\n]*/gm
      )
      t.same(
        [...comments].map(([comment]) => comment.trim()),
        [],
        `${folder}/${file}`
      )
    }
  }
  t.end()
})

t.test('the tables of calls have each call, and no other', (t) => {
  const isFixture = (call: string) => call.includes(' /fixture/')
  const isOperator = (call: string) => call.includes(' /admin/')
  const shown = (file: string) =>
    tableRows(file, 'Call')
      .flatMap(([calls]) => codeWords(calls))
      .sort()
  const calls = Object.keys(operations).sort()
  t.same(
    shown('docs/api/calls.md'),
    calls.filter((call) => !isFixture(call) && !isOperator(call))
  )
  t.same(shown('docs/api/operator.md'), calls.filter(isOperator))
  t.same(shown('docs/test-with/over-http.md'), calls.filter(isFixture))
  t.end()
})

t.test('the tables of settings have each setting, its default and what it takes', (t) => {
  const shown = tableRows('docs/operate/settings.md', 'Variable').map((cells) => cells.slice(0, 3))
  const expected = Object.keys(ConfigSchema.properties).map((name) => {
    const { description, default: fallback } = settingSchema(name) ?? {}
    return [`\`${name}\``, fallback === undefined ? 'unset' : `\`${fallback}\``, description]
  })
  t.same(shown.sort(), expected.sort())
  t.end()
})

t.test('the table of errors has each refusal with its status', (t) => {
  const rows = tableRows('docs/api/errors.md', '`error_name`')
  t.same(
    rows.map(([name]) => name).sort(),
    Object.keys(refusals)
      .map((name) => `\`${name}\``)
      .sort()
  )
  for (const [name = '', statuses = ''] of rows) {
    const { statusCode } = refusals[codeWords(name)[0] as keyof typeof refusals]
    const [, from, to] = /^(\d+) to (\d+)$/.exec(statuses) ?? []
    const isShown =
      from === undefined
        ? statuses.split(', ').includes(String(statusCode))
        : Number(from) <= statusCode && statusCode <= Number(to)
    t.ok(isShown, `${name} ${statusCode}`)
  }
  t.end()
})

t.test('the table of the audit log has each event with its level', (t) => {
  t.same(
    tableRows('docs/operate/audit-log.md', '`audit`')
      .map(([event, level]) => [event, level])
      .sort(),
    auditEvents.map((event) => [`\`${event}\``, isSuspicious(event) ? '`warn`' : '`info`']).sort()
  )
  t.end()
})

t.test('the table of commands has each of them', (t) => {
  const shown = tableRows('docs/operate/commands.md', 'Command').flatMap(([words]) => codeWords(words))
  const names = Object.keys(commands)
  t.same(
    names.filter((name) => !shown.some((words) => words.startsWith(`postern ${name}`))),
    []
  )
  t.end()
})

t.test('the table of exit codes has each of them', (t) => {
  const codes = [0, ...new Set<number>(Object.values(exitCodes))]
  t.same(
    tableRows('docs/operate/commands.md', 'Exit code').map(([code]) => code),
    codes.sort((a, b) => a - b).map(String)
  )
  t.end()
})

t.test('the table of metrics has each of them, with its labels', async (t) => {
  const audit = createAudit()
  const metrics = createMetrics({
    audit,
    hashes: () => ({ running: 0, waiting: 0 }),
    isReady: async () => true,
    revocationReaders: () => 0,
    version: '0'
  })
  audit.record({ event: 'login', address: null })
  metrics.countRequest({ method: 'GET', route: '/version', status: 200, seconds: 0 })
  const text = await metrics.read()
  const rows = tableRows('docs/operate/health-and-metrics.md', 'Metric')
  const shown = rows.map(([names]) => codeWords(names).join())
  t.same(
    shown.filter((name) => name.startsWith('postern_')).sort(),
    [...text.matchAll(/^# TYPE (postern_\w+)/gm)].map(([, name]) => name).sort()
  )
  for (const [index, name] of shown.entries()) {
    const samples = [...text.matchAll(new RegExp(`^${name}(?:_bucket)?\\{(.*)\\}`, 'gm'))].join()
    const labels = new Set([...samples.matchAll(/(\w+)="/g)].map(([, label = '']) => label))
    labels.delete('le')
    const told = codeWords(rows[index]?.[1])
    t.same(
      [...labels].filter((label) => !told.includes(label)),
      [],
      name
    )
  }
})
