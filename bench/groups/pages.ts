// The pages for people: the processor time of a page, against a bare Fastify that answers as many bytes; and what they add to the start.
import { createPageHeaders } from '../../src/browser/page-headers.js'
import { type Load, loadFully } from '../load/full-load.js'
import { postForm, send } from '../load/request.js'
import { ratioRow } from '../report/comparison.js'
import { interleave } from '../report/rounds.js'
import { type Row, skipped } from '../report/row.js'
import { median, quartiles, ratios } from '../report/statistics.js'
import { timeStart } from '../setup/first-reply.js'
import { built, type Program, postern } from '../setup/program.js'
import { seedUsers } from '../setup/seeded-users.js'
import type { Workplace } from '../setup/workplace.js'

const rounds = 7
const startRounds = 15
const account = { user: 'alice', pass: 'wonderland' }

export async function measurePages(workplace: Workplace): Promise<Row[]> {
  const ours = await workplace.startPostern({ environment: { POSTERN_PAGES: 'on' } })
  await send(ours.url, postForm('/user', account))
  const cookie = await signIn(ours)
  return [
    ...(await comparePage(workplace, ours, '/sign-in', {})),
    ...(await comparePage(workplace, ours, '/account', { cookie })),
    await compareStart(workplace)
  ]
}

/** The cookie of a session, as a browser gets it. */
async function signIn({ url }: Program): Promise<string> {
  const { path, ...form } = postForm('/sign-in', account)
  const headers = { ...form.headers, 'sec-fetch-site': 'same-origin' }
  const response = await fetch(url + path, { ...form, headers, redirect: 'manual' })
  const cookies = response.headers.getSetCookie().map((text) => text.split(';', 1)[0])
  if (response.status !== 303) throw new Error(`the sign-in was answered with ${response.status}`)
  return cookies.join('; ')
}

async function comparePage(
  workplace: Workplace,
  ours: Program,
  path: string,
  headers: Record<string, string>
): Promise<Row[]> {
  const page = await send(ours.url, { path, headers })
  const args = [
    built('bench/programs/bare.js'),
    JSON.stringify({ page }),
    JSON.stringify(createPageHeaders(false))
  ]
  const bare = await workplace.start({ args, place: 'server' })
  const requests = [{ path, headers }]
  const loads = await interleave(rounds, {
    ours: () => loadFully(ours, requests, { seconds: 0.6 }),
    bare: () => loadFully(bare, requests, { seconds: 0.6 })
  })
  const [mine, theirs] = [loads.ours.map(processorTime), loads.bare.map(processorTime)]
  const name = `GET ${path}, processor time`
  if (Number.isNaN(median(mine))) return [skipped(name, 'this system does not tell it', 'ms')]
  const note = `${median(mine).toFixed(3)} by ${median(theirs).toFixed(3)} ms`
  return [
    { name, unit: 'ms', value: median(mine), spread: quartiles(mine), goal: { atMost: 1 } },
    { ...ratioRow(`${name} / bare Fastify`, undefined, ratios(mine, theirs)), note }
  ]
}

/** Of one request, in milliseconds. */
function processorTime({ requestsPerCpuSecond = Number.NaN }: Load): number {
  return 1000 / requestsPerCpuSecond
}

async function compareStart(workplace: Workplace): Promise<Row> {
  const folder = await workplace.folder()
  await seedUsers(folder, 100)
  const start = (pages: string) => () => {
    const environment = {
      POSTERN_PORT: '0',
      POSTERN_LOG_LEVEL: 'warn',
      POSTERN_DATA_DIR: folder,
      POSTERN_PAGES: pages
    }
    return timeStart(workplace.start({ args: postern, folder, environment }))
  }
  const times = await interleave(startRounds, { on: start('on'), off: start('off') }, { warmUps: 2 })
  const row = ratioRow('start with pages / without', { atMost: 1.05 }, ratios(times.on, times.off))
  return { ...row, note: `${median(times.on).toFixed(0)} ms by ${median(times.off).toFixed(0)} ms` }
}
