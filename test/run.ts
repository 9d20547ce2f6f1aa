// Runs test files, each as a process of its own, and closes with the line `N passed, N failed, N skipped`. tap's own count leaves out
// a test file that was killed, and a run without any file counts as good: both are failures here. `tap run` is not in use, since its
// hooks for coverage and mocks, which no test needs, cost each process a second.
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { parseArgs } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'

const settings = parse(readFileSync('.taprc', 'utf8'))
const { values, positionals } = parseArgs({
  options: { timeout: { type: 'string', default: String(settings.timeout) } },
  allowPositionals: true
})
const seconds = Number(values.timeout)
const files = positionals.length > 0 ? positionals : fastFiles()

let passed = 0
let failed = 0
let skipped = 0

t.jobs = settings.jobs
// Each file has a limit, and all of them together have none.
t.setTimeout(0)
const report = t.pipe(new PassThrough())
for (const file of files) {
  // tap hands its hooks on in NODE_OPTIONS, which `env` undoes. The process itself ends a test that hangs, and says which.
  const command = ['-u', 'NODE_OPTIONS', process.execPath, file]
  const env = { ...process.env, TAP_TIMEOUT: String(seconds) }
  const options = { buffered: true, env, timeout: (seconds + 10) * 1000, at: null, stack: '' }
  t.spawn('env', command, options, file)
}
t.end()

let depthOfFault = -1
for await (const line of createInterface({ input: report })) count(line)
const isBroken = files.length === 0 || (!t.passing() && failed === 0)
process.exitCode = failed > 0 || isBroken ? 1 : 0
console.log(`${passed} passed, ${failed + (isBroken ? 1 : 0)} failed, ${skipped} skipped`)

/** All test files but the system tests. */
function fastFiles(): string[] {
  const root = join('build', 'test')
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js') && !file.startsWith(`system${sep}`))
    .map((file) => join(root, file))
    .sort()
}

// At the top level stands one point a file, which repeats its result; its own points are indented below it. What is indented below
// a point that has failed says why.
function count(line: string): void {
  const [, indent, not, directive] = /^( *)(not )?ok \d+.*?(# (?:SKIP|TODO).*)?$/i.exec(line) ?? []
  if (indent === undefined) {
    const depth = line.search(/\S|$/)
    if (depthOfFault !== -1 && (depth > depthOfFault || line === '')) console.log(line)
    else depthOfFault = -1
    return
  }
  depthOfFault = not === undefined ? -1 : indent.length
  const isFile = indent === ''
  if (isFile) {
    console.log(line)
    if (directive !== undefined) skipped += 1
    return
  }
  if (not !== undefined || directive !== undefined) console.log(line)
  if (not !== undefined) failed += 1
  else if (directive !== undefined) skipped += 1
  else passed += 1
}
