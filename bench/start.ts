// From spawn to the first 200: the program against a bare Fastify that is not bundled either; and what 100,000 users add to it,
// in time and in memory.
import { setTimeout as after } from 'node:timers/promises'
import { ratioRow } from './comparison.js'
import { untilFirstReply } from './first-reply.js'
import { built, type Program, postern } from './program.js'
import { interleave } from './rounds.js'
import { type Row, skipped } from './row.js'
import { seedUsers } from './seeded-users.js'
import { median, quartiles, ratios } from './statistics.js'
import type { Workplace } from './workplace.js'

const rounds = 15
const roundsWithUsers = 5
const manyUsers = 100_000

export async function measureStart(workplace: Workplace): Promise<Row[]> {
  const folder = await workplace.folder()
  return [...(await compareStart(workplace, folder)), ...(await compareUsers(workplace, folder))]
}

async function compareStart(workplace: Workplace, folder: string): Promise<Row[]> {
  const start = (args: readonly string[]) => async () => {
    const program = await serveFrom(workplace, folder, args)
    const milliseconds = await untilFirstReply(program)
    await program.stop()
    return milliseconds
  }
  const times = await interleave(
    rounds,
    {
      bundled: start(postern),
      unbundled: start([built('src/cli.cjs'), 'serve']),
      bare: start([built('bench/bare.js')])
    },
    { warmUps: 2 }
  )
  const row = (name: string, ours: number[], goal?: Row['goal']) => ({
    ...ratioRow(name, goal, ratios(ours, times.bare)),
    note: `${median(ours).toFixed(0)} ms by ${median(times.bare).toFixed(0)} ms`
  })
  return [
    row('start to the first 200 / bare Fastify', times.bundled, { atMost: 1 }),
    row('the same, unbundled', times.unbundled)
  ]
}

async function compareUsers(workplace: Workplace, empty: string): Promise<Row[]> {
  const full = await workplace.folder()
  await seedUsers(full, manyUsers)
  const samples = await interleave(roundsWithUsers, {
    none: () => startAndSettle(workplace, empty),
    many: () => startAndSettle(workplace, full)
  })
  const differences = (of: (sample: Started) => number) =>
    samples.many.map((sample, round) => of(sample) - of(samples.none[round] ?? sample))
  const seconds = differences(({ milliseconds }) => milliseconds / 1000)
  const name = 'start with 100,000 users - start with none'
  return [
    { name, unit: 's', value: median(seconds), spread: quartiles(seconds), goal: { atMost: 1 } },
    memoryRow(differences(({ residentKib = Number.NaN }) => residentKib / manyUsers))
  ]
}

function memoryRow(kibPerUser: number[]): Row {
  const name = 'resident memory per user, of 100,000'
  const value = median(kibPerUser)
  if (Number.isNaN(value)) return skipped(name, 'this system does not tell it', 'KiB')
  return { name, unit: 'KiB', value, spread: quartiles(kibPerUser), goal: { atMost: 1 } }
}

interface Started {
  milliseconds: number
  residentKib: number | undefined
}

async function startAndSettle(workplace: Workplace, folder: string): Promise<Started> {
  const program = await serveFrom(workplace, folder, postern)
  const milliseconds = await untilFirstReply(program)
  // What reading the file has left behind is not what the users take.
  await after(settling)
  const residentKib = program.residentKib()
  await program.stop()
  return { milliseconds, residentKib }
}

const settling = 1000

function serveFrom(workplace: Workplace, folder: string, args: readonly string[]): Promise<Program> {
  const environment = { POSTERN_PORT: '0', POSTERN_LOG_LEVEL: 'warn', POSTERN_DATA_DIR: folder }
  return workplace.start({ args, folder, environment })
}
