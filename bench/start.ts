// From spawn to the first 200 of `GET /version`: the program on a data folder with a hundred users, bundled and not, against
// a bare Fastify, and Node itself to its end. All in turn, so that what the machine does besides meets all of them alike.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { User } from '../src/store/store.js'
import { storeFormat } from '../src/store/store-format.js'

const warmUps = 2
const rounds = 15
const users = 100

const file = (path: string) => join(import.meta.dirname, path)
const programs = {
  'bare Fastify': [file('bare-start.js')],
  bundled: [file('../bin/postern.cjs'), 'serve'],
  unbundled: [file('../src/cli.cjs'), 'serve'],
  'node -e 0': ['-e', '0']
}
type Name = keyof typeof programs

const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
const samples: Record<Name, number[]> = { 'bare Fastify': [], bundled: [], unbundled: [], 'node -e 0': [] }
try {
  await untilFirstReply(programs.bundled)
  writeFileSync(join(folder, 'users.json'), [...storeFormat.stringify(documentOf(users))].join(''))
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const [name, args] of Object.entries(programs)) {
      const milliseconds = await (name === 'node -e 0' ? untilEnd(args) : untilFirstReply(args))
      if (round >= 0) samples[name as Name].push(milliseconds)
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}

console.log(
  `from spawn to the first 200, ${rounds} rounds: median (quartiles) in ms, and the ratio to bare Fastify`
)
for (const [name, times] of Object.entries(samples)) {
  const ratios = times.map((time, round) => time / (samples['bare Fastify'][round] ?? 0))
  const ratio = quantile(times, 0.5) / quantile(samples['bare Fastify'], 0.5)
  console.log(`${name.padEnd(12)} ${spread(times, 0)}   ${ratio.toFixed(2)}, by round ${spread(ratios, 2)}`)
}

async function untilFirstReply(args: string[]): Promise<number> {
  const start = performance.now()
  const program = run(args)
  const ended = once(program, 'close')
  const [line] = await once(program.stdout, 'data')
  const [url] = /http:\S+/.exec(String(line)) ?? []
  const [response] = (await once(get(`${url}/version`, { agent: false }), 'response')) as [IncomingMessage]
  await once(response.resume(), 'end')
  const milliseconds = performance.now() - start
  if (response.statusCode !== 200) throw new Error(`${args[0]} answers ${response.statusCode}`)
  program.kill('SIGKILL')
  await ended
  return milliseconds
}

async function untilEnd(args: string[]): Promise<number> {
  const start = performance.now()
  await once(run(args), 'exit')
  return performance.now() - start
}

function run(args: string[]) {
  const env = { ...process.env, POSTERN_PORT: '0', POSTERN_DATA_DIR: folder }
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] })
}

function documentOf(count: number) {
  const random = (bytes: number) => randomBytes(bytes).toString('base64').replaceAll('=', '')
  const made = Array.from(
    { length: count },
    (_, index): User => ({
      uid: randomBytes(16).toString('hex'),
      name: `user ${index}`,
      hash: `$argon2id$v=19$m=19456,t=2,p=1$${random(16)}$${random(32)}`,
      active: true,
      gen: 0,
      createdAt: 1_800_000_000
    })
  )
  return { version: 2 as const, seq: 0, users: made, revokedTokens: [] }
}

function spread(values: number[], digits: number): string {
  const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantile(values, share).toFixed(digits))
  return `${median} (${low} to ${high})`
}

function quantile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0
}
