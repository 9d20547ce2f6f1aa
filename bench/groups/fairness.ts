// The service that honest users elsewhere get while an attacker floods Postern from one network and from six, with the real
// argon2 settings and the default limits. Networks are told apart by `X-Forwarded-For`.
import { setTimeout as after } from 'node:timers/promises'
import { honestName, honestUsers, password, user } from '../load/account.js'
import { postForm } from '../load/request.js'
import type { FloodKind } from '../programs/fairness-flood.js'
import type { Statuses } from '../programs/login-flood.js'
import type { Row } from '../report/row.js'
import { quantile } from '../report/statistics.js'
import { built, type Program } from '../setup/program.js'
import type { Workplace } from '../setup/workplace.js'

const kinds: FloodKind[] = ['unknown names', 'one name', 'many names', 'sign-ups', 'session mints']
const networkCounts = [1, 6]
const seconds = 6
// In milliseconds: twenty of them ask for a quarter of what two processors hash.
const pause = 1000

/** The replies to one honest user. */
interface Visits {
  times: number[]
  statuses: number[]
}

export async function measureFairness(workplace: Workplace): Promise<Row[]> {
  const rows: Row[] = []
  let lockedOut = 0
  for (const kind of kinds) {
    for (const networks of networkCounts) {
      const { visits, statuses } = await takeFlood(workplace, kind, networks)
      lockedOut += visits.filter(({ statuses }) => !statuses.includes(200)).length
      rows.push(
        ...toRows(`${kind}, ${networks === 1 ? 'one network' : `${networks} networks`}`, visits, statuses)
      )
    }
  }
  const name = 'Honest users who never got in, all floods'
  return [...rows, { name, unit: 'users', value: lockedOut, goal: { atMost: 0 } }]
}

function toRows(flood: string, visits: readonly Visits[], attacker: Statuses): Row[] {
  const statuses = visits.flatMap(({ statuses }) => statuses)
  const times = visits.flatMap(({ times }) => times)
  const succeeded = statuses.filter((status) => status === 200).length
  const refused = statuses.filter((status) => status === 429).length
  return [
    {
      name: `Honest logins that succeed under ${flood}`,
      unit: 'ratio',
      value: succeeded / statuses.length,
      goal: { atLeast: 0.95 },
      note: `${succeeded} of ${statuses.length}, ${refused} were 429; answers to the flood ${JSON.stringify(attacker)}`
    },
    {
      name: `Honest logins under ${flood}, p99`,
      unit: 'ms',
      value: quantile(times, 0.99),
      goal: { atMost: 2000 },
      note: `p50 ${quantile(times, 0.5).toFixed(1)} ms`
    }
  ]
}

/** A service of its own for each flood, since the counts of one would slow the next. */
async function takeFlood(workplace: Workplace, kind: FloodKind, networks: number) {
  const ours = await workplace.startPostern({
    environment: { POSTERN_TRUST_PROXY: 'loopback', POSTERN_LOG_LEVEL: 'error' },
    place: 'anywhere'
  })
  for (const name of [user, ...Array.from({ length: honestUsers }, (_, index) => honestName(index))])
    await request(ours, postForm('/user', { user: name, pass: password }), '127.0.0.1')
  const token = await (await request(ours, login(user), '127.0.0.1')).text()
  const flood = [
    built('bench/programs/fairness-flood.js'),
    ours.url,
    kind,
    String(networks),
    String(seconds),
    token
  ]
  let isOver = false
  const ended = workplace.run<Statuses>(flood).finally(() => {
    isOver = true
  })
  const visits = await Promise.all(
    Array.from({ length: honestUsers }, (_, index) => visit(ours, index, () => isOver))
  )
  const statuses = await ended
  await ours.stop()
  return { visits, statuses }
}

/** Logs in again and again from an address in a network of its own, evenly spread among the others. */
async function visit(ours: Program, index: number, isOver: () => boolean): Promise<Visits> {
  const visits: Visits = { times: [], statuses: [] }
  await after((pause * index) / honestUsers)
  while (!isOver()) {
    const start = performance.now()
    const response = await request(ours, login(honestName(index)), `203.0.${index}.7`)
    await response.arrayBuffer()
    visits.times.push(performance.now() - start)
    visits.statuses.push(response.status)
    await after(pause)
  }
  return visits
}

function login(name: string) {
  return { method: 'GET', path: `/token?${new URLSearchParams({ user: name, pass: password })}` } as const
}

function request(
  { url }: Program,
  { path, headers, ...options }: ReturnType<typeof postForm>,
  address: string
) {
  return fetch(url + path, { ...options, headers: { ...headers, 'x-forwarded-for': address } })
}
