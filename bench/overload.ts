// How `GET /version` and `GET /check` answer while a hundred clients log in without a pause, with the real argon2
// settings: the latency of each, alone and under the logins, in one run. A bare Fastify with nothing to do stands beside
// them as the measure of the machine.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import Fastify from 'fastify'

const seconds = 8
const logins = 100

const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
const file = join(import.meta.dirname, '../bin/postern.cjs')
const environment = { ...process.env, POSTERN_PORT: '0', POSTERN_LOG_LEVEL: 'warn', POSTERN_DATA_DIR: folder }
const program = spawn(process.execPath, [file, 'serve'], {
  env: environment,
  stdio: ['ignore', 'pipe', 'inherit']
})
const line = await new Promise<string>((resolve) =>
  program.stdout.once('data', (data) => resolve(String(data)))
)
const url = /http:\S+/.exec(line)?.[0]

const bare = Fastify()
bare.get('/', async () => ({ version: '0.1.0' }))
const bareUrl = await bare.listen({ port: 0 })

await fetch(`${url}/user`, { method: 'POST', body: new URLSearchParams({ user: 'bench', pass: 'bench' }) })
const token = await (await fetch(`${url}/token?user=bench&pass=bench`)).text()
const targets = {
  'bare Fastify': bareUrl,
  'GET /version': `${url}/version`,
  'GET /check': `${url}/check?access_token=${token}`
}

const alone = await measure()
let logging = true
const statuses = new Map<number, number>()
const clients = Array.from({ length: logins }, async () => {
  while (logging) {
    const { status } = await fetch(`${url}/token?user=bench&pass=wrong`)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    // A client that is told 503 is told to come back in a second, and one that does not is not what is measured here.
    if (status === 503) await after(1000)
  }
})
const under = await measure()
logging = false
await Promise.all(clients)

console.log(`latency in ms, alone and under ${logins} clients that log in all the time, ${seconds} s each`)
for (const name of Object.keys(targets) as (keyof typeof targets)[]) {
  console.log(`${name.padEnd(14)} alone ${describe(alone[name])}   under logins ${describe(under[name])}`)
}
console.log(`logins answered: ${[...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')}`)

program.kill('SIGTERM')
await bare.close()
rmSync(folder, { recursive: true, force: true })

/** Calls all targets in turn, so that what the machine does besides meets all of them alike. */
async function measure(): Promise<Record<keyof typeof targets, number[]>> {
  const samples = { 'bare Fastify': [], 'GET /version': [], 'GET /check': [] } as Record<
    keyof typeof targets,
    number[]
  >
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    for (const [name, target] of Object.entries(targets)) {
      const start = performance.now()
      const response = await fetch(target)
      await response.arrayBuffer()
      if (response.status !== 200) throw new Error(`${name}: ${response.status}`)
      samples[name as keyof typeof targets].push(performance.now() - start)
    }
  }
  return samples
}

function describe(samples: number[]): string {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1).padStart(6)
  return `p50 ${at(0.5)} p99 ${at(0.99)} (${sorted.length} calls)`
}
