// A Postern for tests: how long tests wait for it, and for what they ask it; against a bare Fastify, and what others use.
import { openAccount, refresh, signIn } from '../load/account.js'
import { compareFully, ratioRow } from '../report/comparison.js'
import { interleave } from '../report/rounds.js'
import { type Row, skipped } from '../report/row.js'
import { median, quartiles, ratios } from '../report/statistics.js'
import { timeStart } from '../setup/first-reply.js'
import { clientCredentials, installPeers, mockServer, programOf, requireToken } from '../setup/peer.js'
import type { Place } from '../setup/processors.js'
import { built, postern } from '../setup/program.js'
import type { Workplace } from '../setup/workplace.js'

const rounds = 15
const tokenRounds = 5

export async function measureFixture(workplace: Workplace): Promise<Row[]> {
  return [
    await compareReadiness(workplace),
    ...(await measureInProcess(workplace)),
    ...(await compareMockServer(workplace))
  ]
}

// A test that starts it waits for the line, and a bare Fastify's for a reply, since it says nothing before.
async function compareReadiness(workplace: Workplace): Promise<Row> {
  const untilLine = async () => {
    const program = await startFixture(workplace)
    const milliseconds = performance.now() - program.startedAt
    await program.stop()
    return milliseconds
  }
  const times = await interleave(
    rounds,
    { ours: untilLine, bare: () => timeStart(workplace.start({ args: [built('bench/programs/bare.js')] })) },
    { warmUps: 2 }
  )
  const name = 'serve --fixture: spawn to the ready line / bare Fastify, first 200'
  const row = ratioRow(name, { atMost: 1 }, ratios(times.ours, times.bare))
  return { ...row, note: `${median(times.ours).toFixed(0)} ms by ${median(times.bare).toFixed(0)} ms` }
}

async function measureInProcess(workplace: Workplace): Promise<Row[]> {
  const { first, starts, resets, namespaces } = await workplace.run<InProcess>([
    built('bench/programs/in-process.js')
  ])
  return [
    {
      ...timeRow('startPostern(), after the first in the process', 10, starts),
      note: `the first: ${first.toFixed(0)} ms`
    },
    timeRow('reset with 1,000 users', 5, resets),
    timeRow('a namespace with a user', 15, namespaces)
  ]
}

/** The output of `in-process.ts`, in milliseconds. */
export interface InProcess {
  first: number
  starts: number[]
  resets: number[]
  namespaces: number[]
}

function timeRow(name: string, atMost: number, milliseconds: readonly number[]): Row {
  return { name, unit: 'ms', value: median(milliseconds), spread: quartiles(milliseconds), goal: { atMost } }
}

// Alike in the signature, with ES256. Ours verifies a token before, or a password.
async function compareMockServer(workplace: Workplace): Promise<Row[]> {
  const failure = installPeers()
  if (failure !== undefined) return [skipped(mockServer.name, failure)]
  const times = await interleave(rounds, {
    ours: () => timeStart(startFixture(workplace)),
    theirs: () => timeStart(workplace.start(programOf(mockServer)), mockServer.path)
  })
  const row = ratioRow(
    `serve --fixture: start to the first 200 / ${mockServer.name}`,
    { atMost: 1 },
    ratios(times.ours, times.theirs)
  )
  const note = `${median(times.ours).toFixed(0)} ms by ${median(times.theirs).toFixed(0)} ms`
  return [{ ...row, note }, ...(await compareTokens(workplace))]
}

async function compareTokens(workplace: Workplace): Promise<Row[]> {
  const ours = await startFixture(workplace, 'server')
  const theirs = await workplace.start(programOf(mockServer, 'server'))
  await requireToken(theirs, clientCredentials)
  const { refreshToken } = await openAccount(ours)
  const grants = [
    ['refresh token', refresh(refreshToken)],
    ['password', signIn()]
  ] as const
  const rows: Row[] = []
  for (const [grant, request] of grants) {
    const { row } = await compareFully(
      `fixture's tokens: by ${grant} / ${mockServer.name}, client credentials`,
      { atLeast: 1 },
      { ours, theirs, requests: { ours: [request], theirs: [clientCredentials] } },
      { rounds: tokenRounds }
    )
    rows.push(row)
  }
  return rows
}

function startFixture(workplace: Workplace, place: Place = 'anywhere') {
  return workplace.start({ args: [...postern, '--fixture'], place })
}
