// How many passwords a second argon2 alone hashes, or verifies, with as many at once as Postern has; for so many seconds; with
// the argon2 of this project, or of the package at the path.
import { availableParallelism } from 'node:os'
import { password } from '../load/account.js'
import { loadArgon2 } from '../setup/rebuilt-argon2.js'

const [task = 'hash', seconds = '1', path = import.meta.filename] = process.argv.slice(2)
const argon2 = loadArgon2(path)
const parameters = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1, hashLength: 32 }

const hash = await argon2.hash(password, parameters)
const run = () => (task === 'hash' ? argon2.hash(password, parameters) : argon2.verify(hash, password))
await repeat(Math.min(0.2, Number(seconds)))
console.log(await repeat(Number(seconds)))

async function repeat(duration: number): Promise<number> {
  const start = performance.now()
  const end = start + duration * 1000
  let count = 0
  const loop = async () => {
    while (performance.now() < end) {
      await run()
      count += 1
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, loop))
  return (count * 1000) / (performance.now() - start)
}
