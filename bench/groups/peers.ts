// Other services that make tokens, from npm: their start, and how many tokens a second each makes. They are installed when they
// are first measured, beside their own package.json: nothing of Postern needs them.
import { openAccount, password, refresh, signIn } from '../load/account.js'
import { loadCounted } from '../load/counted-load.js'
import { postForm, type Request, send } from '../load/request.js'
import { compareFully, ratioRow } from '../report/comparison.js'
import { interleave } from '../report/rounds.js'
import { type Row, skipped } from '../report/row.js'
import { median, ratios } from '../report/statistics.js'
import { timeStart } from '../setup/first-reply.js'
import {
  clientCredentials,
  discovery,
  installPeers,
  mockServer,
  type Peer,
  programOf,
  requireToken
} from '../setup/peer.js'
import { postern } from '../setup/program.js'
import type { Workplace } from '../setup/workplace.js'

const startRounds = 7
const loginRounds = 3
const logins = 24

const provider = { name: 'oidc-provider', path: discovery }
const jsonServer = { name: 'json-server-auth', path: '/users' }

export async function measurePeers(workplace: Workplace): Promise<Row[]> {
  const failure = installPeers()
  if (failure !== undefined) return [skipped('peers', failure)]
  return [
    ...(await compareStarts(workplace)),
    ...(await compareTokens(workplace)),
    await compareLogins(workplace)
  ]
}

async function compareStarts(workplace: Workplace): Promise<Row[]> {
  const data = await workplace.folder()
  const environment = { POSTERN_PORT: '0', POSTERN_LOG_LEVEL: 'warn', POSTERN_DATA_DIR: data }
  const timePeer = (peer: Peer) => () => timeStart(workplace.start(programOf(peer)), peer.path)
  const times = await interleave(startRounds, {
    ours: () => timeStart(workplace.start({ args: postern, folder: data, environment })),
    [mockServer.name]: timePeer(mockServer),
    [provider.name]: timePeer(provider),
    [jsonServer.name]: timePeer(jsonServer)
  })
  const { ours = [], ...theirs } = times
  return Object.entries(theirs).map(([name, peer]) => ({
    ...ratioRow(`start to the first 200 / ${name}`, { atMost: 1 }, ratios(ours, peer)),
    note: `${median(ours).toFixed(0)} ms by ${median(peer).toFixed(0)} ms`
  }))
}

// Alike: each makes one JWT signed with ES256. Ours verifies another one first; theirs reads a form and writes JSON.
async function compareTokens(workplace: Workplace): Promise<Row[]> {
  const ours = await workplace.startPostern()
  const { refreshToken } = await openAccount(ours)
  const client = { grant_type: 'client_credentials', client_id: 'bench', client_secret: 'bench' }
  const requests: [Peer, Request][] = [
    [mockServer, clientCredentials],
    [provider, postForm('/token', client)]
  ]
  const rows: Row[] = []
  for (const [peer, request] of requests) {
    const theirs = await workplace.start(programOf(peer, 'server'))
    await requireToken(theirs, request)
    const { row } = await compareFully(
      `tokens: by refresh token / ${peer.name}, client credentials`,
      { atLeast: 1 },
      { ours, theirs, requests: { ours: [refresh(refreshToken)], theirs: [request] } },
      { rounds: 5 }
    )
    rows.push(row)
  }
  return rows
}

// Not alike: bcrypt in JavaScript with a cost of 10, and a token signed with HS256, against argon2id and ES256.
async function compareLogins(workplace: Workplace): Promise<Row> {
  const ours = await workplace.startPostern({ place: 'anywhere' })
  await openAccount(ours)
  const theirs = await workplace.start(programOf(jsonServer))
  const credentials = { email: 'bench@example.com', password }
  await send(theirs.url, postJson('/register', credentials))
  const rates = await interleave(loginRounds, {
    ours: () => loadCounted(ours.url, [signIn()], 2 * logins),
    theirs: () => loadCounted(theirs.url, [postJson('/login', credentials)], logins)
  })
  const row = ratioRow(
    `tokens: by password / ${jsonServer.name}, login`,
    { atLeast: 1 },
    ratios(rates.ours, rates.theirs)
  )
  const note = `${median(rates.ours).toFixed(1)}/s by ${median(rates.theirs).toFixed(1)}/s; argon2id by bcrypt`
  return { ...row, note }
}

function postJson(path: string, values: object): Request {
  const headers = { 'content-type': 'application/json' }
  return { method: 'POST', path, headers, body: JSON.stringify(values) }
}
