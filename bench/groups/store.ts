// The cost of a durable change, however many users there are, and how long it holds up others.
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { BackupStalls } from '../programs/backup-stalls.js'
import type { ChangeTimes } from '../programs/store-changes.js'
import type { Stalls } from '../programs/store-stalls.js'
import type { UserPages } from '../programs/user-pages.js'
import { ratioRow } from '../report/comparison.js'
import type { Row } from '../report/row.js'
import { median, quartiles, ratios } from '../report/statistics.js'
import type { LongestTurn } from '../setup/longest-turn.js'
import { built } from '../setup/program.js'
import { seedUsers } from '../setup/seeded-users.js'
import type { Workplace } from '../setup/workplace.js'

const few = 100
const many = 1_000_000
const usersUnderWrites = 100_000
const stallRounds = 3

export async function measureStore(workplace: Workplace): Promise<Row[]> {
  const [fewFolder, manyFolder] = [await workplace.folder(), await workplace.folder()]
  await seedUsers(fewFolder, few)
  await seedUsers(manyFolder, many)
  return [
    ...(await measurePages(workplace, fewFolder, manyFolder)),
    ...(await measureBackup(workplace, manyFolder)),
    ...(await compareChanges(workplace, fewFolder, manyFolder)),
    await measureStalls(workplace)
  ]
}

async function measurePages(workplace: Workplace, fewFolder: string, manyFolder: string): Promise<Row[]> {
  const script = built('bench/programs/user-pages.js')
  const run = (folder: string, users: number) =>
    workplace.run<UserPages>(['--max-old-space-size=4096', script, folder, String(users)])
  const [ours, theirs] = [await run(manyFolder, many), await run(fewFolder, few)]
  return [
    {
      name: 'a page of 50 users by prefix, of 1,000,000',
      unit: 'ms',
      value: median(ours.pages),
      spread: quartiles(ours.pages),
      goal: { atMost: 5 },
      note: `${median(theirs.pages).toFixed(3)} ms of 100; the first one takes ${(ours.first / 1000).toFixed(1)} s`
    },
    {
      name: 'longest stall while the first page puts 1,000,000 users in order',
      unit: 'ms',
      value: ours.stall.elapsed,
      goal: { atMost: 20 },
      note: processorNote(ours.stall)
    }
  ]
}

async function measureBackup(workplace: Workplace, folder: string): Promise<Row[]> {
  const script = built('bench/programs/backup-stalls.js')
  const stalls = await workplace.run<BackupStalls>(['--max-old-space-size=4096', script, folder])
  const row = (part: string, stall: LongestTurn): Row => ({
    name: `longest stall while ${part} of a backup of 1,000,000 users is made`,
    unit: 'ms',
    value: stall.elapsed,
    goal: { atMost: 20 },
    note: processorNote(stall)
  })
  return [row('the dump', stalls.dump), row('the text', stalls.text)]
}

function processorNote({ processor }: LongestTurn): string {
  return `the longest by processor time: ${processor === undefined ? 'not known' : `${processor.toFixed(1)} ms`}`
}

async function compareChanges(workplace: Workplace, fewFolder: string, manyFolder: string): Promise<Row[]> {
  const script = built('bench/programs/store-changes.js')
  const times = await workplace.run<ChangeTimes>([
    '--max-old-space-size=4096',
    script,
    fewFolder,
    String(few),
    manyFolder,
    String(many)
  ])
  return [
    changeRow('a sign-up', times.signUp),
    changeRow('a deletion', times.deletion),
    changeRow('a revocation', times.revocation)
  ]
}

function changeRow(kind: string, { few, many }: ChangeTimes['signUp']): Row {
  const name = `${kind}, synced: 1,000,000 users / 100`
  const row = ratioRow(name, { atMost: 1.5 }, ratios(many.map(median), few.map(median)))
  const [ours, theirs] = [median(many.flat()), median(few.flat())]
  return { ...row, note: `${ours.toFixed(2)} ms by ${theirs.toFixed(2)} ms` }
}

// The worst of the rounds counts, not the median: a stall is no less of one because it is rare.
async function measureStalls(workplace: Workplace): Promise<Row> {
  const seeded = await workplace.folder()
  await seedUsers(seeded, usersUnderWrites)
  const rounds: Stalls[] = []
  while (rounds.length < stallRounds) {
    const folder = await workplace.folder()
    await cp(join(seeded, 'users.json'), join(folder, 'users.json'))
    rounds.push(await workplace.run<Stalls>([built('bench/programs/store-stalls.js'), folder]))
  }
  const longest = rounds.map((round) => round.longest)
  const worst = Math.max(...longest)
  const idle = rounds.map((round) => round.idle)
  return {
    name: 'longest stall at 100,000 users, a compaction among the writes',
    unit: 'ms',
    value: worst,
    spread: [Math.min(...longest), worst],
    goal: { atMost: 20 },
    note: `the worst of ${stallRounds} rounds; an idle thread beside it: ${Math.max(...idle).toFixed(1)} ms`
  }
}
