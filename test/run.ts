// Runs tap, shows its report, and closes with the line `N passed, N failed, N skipped`. tap's own count leaves out a test
// file that was killed, and a run without any file counts as good: both are failures here.
import { spawn } from 'node:child_process'

const tap = spawn('npx', ['tap', '--reporter=tap', '--disable-coverage', ...process.argv.slice(2)], {
  stdio: ['ignore', 'pipe', 'inherit']
})

let passed = 0
let failed = 0
let skipped = 0
let files = 0
let rest = ''
tap.stdout.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) count(line)
})

tap.on('close', (code) => {
  const isBroken = files === 0 || (code !== 0 && failed === 0)
  process.exitCode = code !== 0 || failed > 0 || isBroken ? 1 : 0
  console.log(`${passed} passed, ${failed + (isBroken ? 1 : 0)} failed, ${skipped} skipped`)
})

// At the top level stands one point a file, which repeats its result; its own points are indented below it.
function count(line: string): void {
  const [, indent, not, directive] = /^( *)(not )?ok \d+.*?(# (?:SKIP|TODO).*)?$/i.exec(line) ?? []
  if (indent === undefined) return
  const isFile = indent === ''
  if (isFile) {
    files += 1
    console.log(line)
    if (directive !== undefined) skipped += 1
    return
  }
  if (not !== undefined || directive !== undefined) console.log(line)
  if (not !== undefined) failed += 1
  else if (directive !== undefined) skipped += 1
  else passed += 1
}
