// How `GET /version` and `GET /check` answer while a hundred clients log in without a pause, and while 500 log in at once, again
// and again, with the real argon2 settings. A bare Fastify with nothing to do stands beside them and is asked in turn with
// them: what it takes, the machine takes.
import { cpus } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'
import { check, openAccount, signIn } from '../load/account.js'
import { send } from '../load/request.js'
import type { Statuses } from '../programs/login-flood.js'
import type { Row } from '../report/row.js'
import { quantile } from '../report/statistics.js'
import { built, type Program } from '../setup/program.js'
import type { Workplace } from '../setup/workplace.js'

const logins = 100
const secondsAlone = 3
const secondsUnderLogins = 6
const hashMemoryKib = 19_456

type Calls = Record<'version' | 'check' | 'bare', () => Promise<unknown>>
type Times = Record<keyof Calls, number[]>

export async function measureOverload(workplace: Workplace): Promise<Row[]> {
  const ours = await workplace.startPostern({
    // The passwords are wrong on purpose, and each one that is would be a line of the log.
    environment: { POSTERN_LOGIN_MAX_FAILURES: '0', POSTERN_LOG_LEVEL: 'error' },
    place: 'anywhere'
  })
  const bare = await workplace.start({ args: [built('bench/programs/bare.js')] })
  const { accessToken } = await openAccount(ours)
  const calls: Calls = {
    version: () => send(ours.url, { path: '/version' }),
    check: () => send(ours.url, check(accessToken)),
    bare: () => send(bare.url, { path: '/version' })
  }
  const idleKib = ours.residentKib() ?? Number.NaN
  const alone = await takeTimes(calls, afterSeconds(secondsAlone))
  const storm = startLogins(ours.url)
  const under = await takeTimes(calls, afterSeconds(secondsUnderLogins))
  await storm.stop()
  const flood = await takeFlood(workplace, ours, calls)
  const row = (name: string, call: keyof Calls): Row => ({
    name: `${name} under ${logins} logins, p99 / bare Fastify's`,
    unit: 'ratio',
    value: p99(under[call]) / p99(under.bare),
    note: `p99 ${ms(under[call])} by ${ms(under.bare)}; without logins ${ms(alone[call])} by ${ms(alone.bare)}`
  })
  const hashKib = cpus().length * hashMemoryKib
  return [
    row('GET /version', 'version'),
    row('GET /check', 'check'),
    {
      name: 'GET /check while 500 log in at once, p99',
      unit: 'ms',
      value: p99(flood.times.check),
      goal: { atMost: 100 },
      note: `longest ${Math.max(...flood.times.check).toFixed(1)} ms; bare Fastify ${ms(flood.times.bare)}; answers to the logins ${JSON.stringify(flood.statuses)}`
    },
    {
      name: 'Memory while 500 log in at once, beyond the hashes',
      unit: 'KiB',
      value: flood.peakKib - idleKib - hashKib,
      goal: { atMost: 64 * 1024 },
      note: `${mib(idleKib)} before, ${mib(flood.peakKib)} at most; ${mib(hashKib)} for the hashes that run`
    }
  ]
}

interface Flood {
  times: Times
  statuses: Statuses
  peakKib: number
}

async function takeFlood(workplace: Workplace, ours: Program, calls: Calls): Promise<Flood> {
  let isOver = false
  let peakKib = 0
  const ended = workplace.run<Statuses>([built('bench/programs/login-flood.js'), ours.url]).finally(() => {
    isOver = true
  })
  const times = await takeTimes(calls, () => {
    peakKib = Math.max(peakKib, ours.residentKib() ?? Number.NaN)
    return isOver
  })
  return { times, statuses: await ended, peakKib }
}

/** Calls all in turn, so that other load on the machine affects all of them alike. */
async function takeTimes(calls: Calls, isOver: () => boolean): Promise<Times> {
  const times: Times = { version: [], check: [], bare: [] }
  while (!isOver()) {
    for (const name of Object.keys(times) as (keyof Calls)[]) {
      const start = performance.now()
      await calls[name]()
      times[name].push(performance.now() - start)
    }
  }
  return times
}

function afterSeconds(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1000
  return () => performance.now() >= end
}

function startLogins(url: string): { stop(): Promise<void> } {
  let isOver = false
  const logIn = async () => {
    while (!isOver) {
      const response = await fetch(url + signIn('wrong').path)
      await response.arrayBuffer()
      // A 503 tells a client to come back in a second; clients that ignore it are not measured here.
      if (response.status === 503) await after(1000)
    }
  }
  const clients = Array.from({ length: logins }, logIn)
  return {
    async stop() {
      isOver = true
      await Promise.all(clients)
    }
  }
}

function p99(times: readonly number[]): number {
  return quantile(times, 0.99)
}

function ms(times: readonly number[]): string {
  return `${p99(times).toFixed(1)} ms`
}

function mib(kib: number): string {
  return `${(kib / 1024).toFixed(0)} MiB`
}
