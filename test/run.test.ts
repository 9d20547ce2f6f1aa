import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { temporaryFolder } from './support/helper.js'
import { run } from './support/process.js'

const root = join(import.meta.dirname, '../..')
const point = (line: string) => `console.log(${JSON.stringify(line)})\n`
const good = point('TAP version 14\nok 1 - a\n1..1')

/** Runs test files of these sources; gives the exit code and the last line. */
function runFiles(t: Test, sources: string[], ...options: string[]) {
  const folder = temporaryFolder(t)
  const files = sources.map((source, index) => {
    const file = join(folder, `${index}.test.cjs`)
    writeFileSync(file, source)
    return file
  })
  const runner = join(import.meta.dirname, 'run.js')
  const { status, stdout } = run([process.execPath, runner, ...options, ...files], root)
  return { status, stdout, last: stdout.trimEnd().split('\n').at(-1) }
}

t.test('good files are counted, and a file that is left out is skipped', async (t) => {
  const { status, last } = runFiles(t, [good, good, point('1..0 # SKIP no strace')])
  t.same([status, last], [0, '2 passed, 0 failed, 1 skipped'])
})

t.test('a point that fails is shown with its diagnostics', async (t) => {
  const fault = '  ---\n  why: because\n  ...'
  const { status, last, stdout } = runFiles(t, [good, point(`not ok 1 - b\n${fault}\n1..1`)])
  t.same([status, last], [1, '1 passed, 1 failed, 0 skipped'])
  t.match(stdout, /not ok 1 - b\n.*---\n.*why: because/)
})

t.test('a file that is killed, that throws, or that has no end is a failure', async (t) => {
  const first = point('TAP version 14\nok 1 - a')
  for (const source of [
    `${first}process.kill(process.pid, 'SIGKILL')`,
    `${good}process.exitCode = 1`,
    "throw new Error('x')",
    first
  ]) {
    const { status, last } = runFiles(t, [source])
    t.equal(status, 1, source)
    t.match(last, / passed, 1 failed, 0 skipped$/, source)
  }
})
