// How `GET /version` and `GET /check` answer while a hundred clients log in without a pause, with the real argon2 settings. A
// bare Fastify with nothing to do stands beside them and is asked in turn with them: what it takes, the machine takes.
import { setTimeout as after } from 'node:timers/promises'
import { check, openAccount, signIn } from './account.js'
import { built } from './program.js'
import { send } from './request.js'
import type { Row } from './row.js'
import { quantile } from './statistics.js'
import type { Workplace } from './workplace.js'

const logins = 100
const secondsAlone = 3
const secondsUnderLogins = 6

type Calls = Record<'version' | 'check' | 'bare', () => Promise<unknown>>
type Times = Record<keyof Calls, number[]>

export async function measureOverload(workplace: Workplace): Promise<Row[]> {
  const ours = await workplace.startPostern({
    // The passwords are wrong on purpose, and each one that is would be a line of the log.
    environment: { POSTERN_LOGIN_MAX_FAILURES: '0', POSTERN_LOG_LEVEL: 'error' },
    place: 'anywhere'
  })
  const bare = await workplace.start({ args: [built('bench/bare.js')] })
  const { accessToken } = await openAccount(ours)
  const calls: Calls = {
    version: () => send(ours.url, { path: '/version' }),
    check: () => send(ours.url, check(accessToken)),
    bare: () => send(bare.url, { path: '/version' })
  }
  const alone = await takeTimes(calls, secondsAlone)
  const storm = startLogins(ours.url)
  const under = await takeTimes(calls, secondsUnderLogins)
  await storm.stop()
  const row = (name: string, call: keyof Calls): Row => ({
    name: `${name} under ${logins} logins, p99 / bare Fastify's`,
    unit: 'ratio',
    value: p99(under[call]) / p99(under.bare),
    note: `p99 ${ms(under[call])} by ${ms(under.bare)}; without logins ${ms(alone[call])} by ${ms(alone.bare)}`
  })
  return [row('GET /version', 'version'), row('GET /check', 'check')]
}

/** Calls all in turn, so that what the machine does besides meets all of them alike. */
async function takeTimes(calls: Calls, seconds: number): Promise<Times> {
  const times: Times = { version: [], check: [], bare: [] }
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    for (const name of Object.keys(times) as (keyof Calls)[]) {
      const start = performance.now()
      await calls[name]()
      times[name].push(performance.now() - start)
    }
  }
  return times
}

function startLogins(url: string): { stop(): Promise<void> } {
  let isOver = false
  const logIn = async () => {
    while (!isOver) {
      const response = await fetch(url + signIn('wrong').path)
      await response.arrayBuffer()
      // A client that is told 503 is told to come back in a second; one that does not is not what is measured here.
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
