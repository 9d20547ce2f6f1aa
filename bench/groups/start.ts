// From spawn to the first 200: the program against a bare Fastify that is not bundled either; and what 100,000 users add to it,
// in time and in memory.
import { setTimeout as after } from 'node:timers/promises'
import { ratioRow } from '../report/comparison.js'
import { interleave } from '../report/rounds.js'
import { type Row, skipped } from '../report/row.js'
import { median, quartiles, ratios } from '../report/statistics.js'
import { timeStart, untilFirstReply } from '../setup/first-reply.js'
import { built, type Program, postern } from '../setup/program.js'
import { seedUsers } from '../setup/seeded-users.js'
import type { Workplace } from '../setup/workplace.js'

const rounds = 15
const roundsWithUsers = 5
const someUsers = 100
const manyUsers = 100_000
const settling = 1000

export async function measureStart(workplace: Workplace): Promise<Row[]> {
  return [await compareStart(workplace), ...(await compareUsers(workplace))]
}

async function compareStart(workplace: Workplace): Promise<Row> {
  const folder = await workplace.folder()
  await seedUsers(folder, someUsers)
  const start = (args: readonly string[]) => () => timeStart(serveFrom(workplace, folder, args))
  const times = await interleave(
    rounds,
    { ours: start(postern), bare: start([built('bench/programs/bare.js')]) },
    { warmUps: 2 }
  )
  const goal = { atMost: 1 }
  const row = ratioRow('start to the first 200 / bare Fastify', goal, ratios(times.ours, times.bare))
  return { ...row, note: `${median(times.ours).toFixed(0)} ms by ${median(times.bare).toFixed(0)} ms` }
}

async function compareUsers(workplace: Workplace): Promise<Row[]> {
  const empty = await workplace.folder()
  const full = await workplace.folder()
  await seedUsers(full, manyUsers)
  const samples = await interleave(roundsWithUsers, {
    none: () => startAndSettle(workplace, empty),
    many: () => startAndSettle(workplace, full)
  })
  const differences = (of: (sample: Started) => number) =>
    samples.many.map((sample, round) => of(sample) - of(samples.none[round] ?? sample))
  const seconds = differences(({ milliseconds }) => milliseconds / 1000)
  const [many, none] = [samples.many, samples.none].map((of) =>
    median(of.map(({ milliseconds }) => milliseconds))
  )
  return [
    {
      name: 'start with 100,000 users - start with none',
      unit: 's',
      value: median(seconds),
      spread: quartiles(seconds),
      goal: { atMost: 1 },
      note: `${many?.toFixed(0)} ms by ${none?.toFixed(0)} ms`
    },
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
  // Not the peak of the start: V8 gives back some of what reading the file took.
  await after(settling)
  const residentKib = program.residentKib()
  await program.stop()
  return { milliseconds, residentKib }
}

function serveFrom(workplace: Workplace, folder: string, args: readonly string[]): Promise<Program> {
  const environment = { POSTERN_PORT: '0', POSTERN_LOG_LEVEL: 'warn', POSTERN_DATA_DIR: folder }
  return workplace.start({ args, folder, environment })
}
