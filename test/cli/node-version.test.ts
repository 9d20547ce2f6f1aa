import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import t from 'tap'
import { root } from '../support/dockerfile.js'
import { bundled, run } from '../support/process.js'

const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Runs the program on this Node, which gives itself out for another version. */
function runAs(version: string) {
  const lie = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`
  const script = `${lie}; require(${JSON.stringify(bundled)})`
  return run([process.execPath, '-e', script, '--', 'x', '--version'], root)
}

t.test('a Node that is too old is told which one is needed, before anything else is loaded', (t) => {
  for (const version of ['6.17.1', '18.20.8', '20.14.0']) {
    t.match(runAs(version), {
      status: 2,
      stdout: '',
      stderr: `postern: this is Node.js ${version}, and Postern needs ${engines.node.replace('>=', '')} or later`
    })
  }
  t.end()
})

t.test('the Node of package.json, and a later one, run it', (t) => {
  for (const version of [`${engines.node.replace('>=', '')}.0`, '22.0.0', '100.0.0']) {
    t.match(runAs(version), { status: 0, stdout: /^\d+\.\d+\.\d+\n$/, stderr: '' })
  }
  t.end()
})

t.test('the first file of the program has no syntax that Node 6 does not read', (t) => {
  const source = readFileSync(bundled, 'utf8')
  const compile = (target: string) => transformSync(source, { target, minify: true }).code
  t.equal(compile('es2015'), compile('esnext'))
  t.end()
})
