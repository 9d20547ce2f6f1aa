// Runs the program as its users do until standard input ends; then writes V8's code cache of all called functions.
import { join } from 'node:path'
import bundle from '../../bin/bundle.cjs'

const folder = join(import.meta.dirname, '../../bundle')
const script = bundle.run(folder)
process.stdin.resume().once('end', () => {
  bundle.writeCodeCache(folder, script)
  process.exit()
})
