// How many requests a second each call answers, as a ratio to a bare Fastify that answers the same bytes to the same
// requests: interleaved, warmed up, the median of the rounds.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'

const rounds = 5
const seconds = 2
const connections = 32
const manyTokens = 10_000

const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
const children: ChildProcess[] = []
const settings = { POSTERN_PORT: '0', POSTERN_LOG_LEVEL: 'warn', POSTERN_DATA_DIR: folder }
const postern = await start(['../src/cli.js', 'serve'], settings)

await fetch(`${postern}/user`, {
  method: 'POST',
  body: new URLSearchParams({ user: 'bench', pass: 'bench' })
})
const token = await (await fetch(`${postern}/token?user=bench&pass=bench`)).text()
const refreshToken = await (await fetch(`${postern}/refresh_token?access_token=${token}`)).text()
const tokens: string[] = []
while (tokens.length < manyTokens)
  tokens.push(await (await fetch(`${postern}/token?user=${refreshToken}`)).text())
const payload = await (await fetch(`${postern}/check?access_token=${token}`)).text()

const bareVersion = await start(['bare.js', '{"version":"0.1.0"}'])
const barePayload = await start(['bare.js', payload])

const rows = [
  { name: 'GET /version', goal: 0.9, bare: bareVersion, requests: [{ path: '/version' }] },
  { name: 'GET /check, a token seen before', goal: 0.8, bare: barePayload, requests: [check(token)] },
  { name: 'GET /check, 10,000 tokens in turn', goal: 0.6, bare: barePayload, requests: tokens.map(check) },
  {
    name: 'GET /user, token in the header',
    goal: 0.8,
    bare: barePayload,
    requests: [{ path: '/user', headers: { authorization: `Bearer ${token}` } }]
  }
]

for (const { name, goal, bare, requests } of rows) {
  const ratios: number[] = []
  await load(bare, requests)
  await load(postern, requests)
  for (let round = 0; round < rounds; round += 1) {
    const [ours, theirs] = [await load(postern, requests), await load(bare, requests)]
    ratios.push(ours / theirs)
  }
  ratios.sort((a, b) => a - b)
  const [least, median, most] = [ratios[0], ratios[Math.floor(rounds / 2)], ratios.at(-1)].map((ratio = 0) =>
    ratio.toFixed(2)
  )
  console.log(`${name.padEnd(36)} ${median} (${least} to ${most}), goal ${goal}`)
}

for (const child of children) child.kill('SIGTERM')
rmSync(folder, { recursive: true, force: true })

function check(access_token: string) {
  return { path: `/check?access_token=${access_token}` }
}

async function start([script = '', ...args]: string[], environment = {}): Promise<string> {
  const env = { ...process.env, ...environment }
  const path = join(import.meta.dirname, script)
  const child = spawn(process.execPath, [path, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = await once(child.stdout, 'data')
  return /http:\S+/.exec(String(line))?.[0] ?? ''
}

/** Requests a second. */
async function load(url: string, requests: autocannon.Request[]): Promise<number> {
  const result = await autocannon({ url, connections, duration: seconds, requests })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} failed`)
  return result.requests.average
}
