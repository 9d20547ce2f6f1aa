// The revocation feed: a thousand readers that wait, and the verifier that follows it against the one that asks nobody.
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as after } from 'node:timers/promises'
import { generateSigningKey, makeAccessTokens, openAccount } from '../load/account.js'
import { postForm, send } from '../load/request.js'
import type { ModeTimes } from '../programs/verifier-modes.js'
import { ratioRow } from '../report/comparison.js'
import type { Row } from '../report/row.js'
import { median, quartiles, ratios } from '../report/statistics.js'
import { built, type Program } from '../setup/program.js'
import type { Workplace } from '../setup/workplace.js'

const readers = 1000
const rounds = 10
const client = { id: 'bench', secret: 'a-secret-of-the-bench' }
const authorization = `Basic ${btoa(`${client.id}:${client.secret}`)}`

export async function measureFeed(workplace: Workplace): Promise<Row[]> {
  const key = generateSigningKey()
  const environment = {
    POSTERN_OAUTH_CLIENTS: `${client.id}:${client.secret}`,
    POSTERN_SIGNING_KEY: key
  }
  const ours = await workplace.startPostern({ environment })
  const tokens = makeAccessTokens(await openAccount(ours), key, rounds + 50)
  return [
    ...(await measureReaders(ours, tokens.slice(0, rounds))),
    await measureVerifier(workplace, ours, tokens.slice(rounds))
  ]
}

async function measureReaders(ours: Program, tokens: readonly string[]): Promise<Row[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: readers })
  try {
    let { cursor } = await read(ours, agent)
    const before = ours.residentKib()
    const times: number[] = []
    let memory: number | undefined
    for (const token of tokens) {
      const answers = Array.from({ length: readers }, () => read(ours, agent, `?cursor=${cursor}&wait=60`))
      // All of them have to wait, and there is no way to be told by each.
      await after(1500)
      memory ??= ours.residentKib()
      const began = performance.now()
      await send(ours.url, postForm('/oauth/revoke', { token }))
      const all = await Promise.all(answers)
      times.push(performance.now() - began)
      cursor = all[0]?.cursor ?? ''
    }
    const [least, most] = [Math.min(...times), Math.max(...times)]
    return [
      {
        name: 'A waiting reader of the feed, its connection included',
        unit: 'KiB',
        ...(memory !== undefined && before !== undefined && { value: (memory - before) / readers }),
        note: `${readers} readers on ${readers} connections`
      },
      {
        name: `From a revocation to the answer to the last of ${readers} readers`,
        unit: 'ms',
        value: median(times),
        spread: quartiles(times),
        note: `${least.toFixed(0)} to ${most.toFixed(0)} ms; the call, its sync and the readers' own work included`
      }
    ]
  } finally {
    agent.destroy()
  }
}

async function read(ours: Program, agent: Agent, query = ''): Promise<{ cursor: string }> {
  const sent = request(`${ours.url}/revocations${query}`, { agent, headers: { authorization } }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return JSON.parse(await text(response))
}

async function measureVerifier(workplace: Workplace, ours: Program, tokens: readonly string[]): Promise<Row> {
  const { offline, feed } = await workplace.run<ModeTimes>([
    built('bench/programs/verifier-modes.js'),
    JSON.stringify({ url: ours.url, client, tokens })
  ])
  return {
    ...ratioRow('The verifier in the mode feed / offline', { atLeast: 0.9 }, ratios(offline, feed)),
    note: `${(median(feed) * 1000).toFixed(1)} by ${(median(offline) * 1000).toFixed(1)} µs a token`
  }
}
