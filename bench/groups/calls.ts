// How many requests a second the calls answer that change nothing, against a bare Fastify that answers the same bytes.
import { createReplyHeaders } from '../../src/http/reply-headers.js'
import { version } from '../../src/version.js'
import { check, generateSigningKey, makeAccessTokens, openAccount } from '../load/account.js'
import { loadCounted } from '../load/counted-load.js'
import type { Requests } from '../load/request.js'
import { type Competitors, compareFully, measureTail } from '../report/comparison.js'
import type { Row } from '../report/row.js'
import { built } from '../setup/program.js'
import type { Workplace } from '../setup/workplace.js'

const manyTokens = 10_000

interface Call extends Competitors {
  name: string
  goal: number
  requests: Requests
}

export async function measureCalls(workplace: Workplace): Promise<Row[]> {
  const rows: Row[] = []
  for (const { name, goal, ...competitors } of await prepareCalls(workplace)) {
    const { row, requestsPerSecond } = await compareFully(name, { atLeast: goal }, competitors)
    rows.push(row, await measureTail(name, competitors, requestsPerSecond))
  }
  return rows
}

async function prepareCalls(workplace: Workplace): Promise<Call[]> {
  const signingKey = generateSigningKey()
  const ours = await workplace.startPostern({ environment: { POSTERN_SIGNING_KEY: signingKey } })
  const account = await openAccount(ours)
  const tokens = makeAccessTokens(account, signingKey, manyTokens)
  // The signature of each is verified here, once: the rows are about tokens that were seen before.
  await loadCounted(ours.url, tokens.map(check), manyTokens)
  const headers = JSON.stringify(createReplyHeaders({ isHttps: false }))
  const bare = (reply: string) =>
    workplace.start({ args: [built('bench/programs/bare.js'), reply, headers], place: 'server' })
  const bareVersion = await bare(JSON.stringify({ version }))
  const payload = await bare(account.payload)
  const header = { authorization: `Bearer ${account.accessToken}` }
  return [
    { name: 'GET /version', goal: 0.9, ours, theirs: bareVersion, requests: [{ path: '/version' }] },
    {
      name: 'GET /check, one token',
      goal: 0.8,
      ours,
      theirs: payload,
      requests: [check(account.accessToken)]
    },
    {
      name: 'GET /check, 10,000 tokens in turn',
      goal: 0.6,
      ours,
      theirs: payload,
      requests: tokens.map(check)
    },
    {
      name: 'GET /user, token in the header',
      goal: 0.8,
      ours,
      theirs: payload,
      requests: [{ path: '/user', headers: header }]
    }
  ]
}
