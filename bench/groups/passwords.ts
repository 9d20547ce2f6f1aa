// The calls that hash a password, against argon2 alone, on all processors.
import { openAccount, signIn, signUp } from '../load/account.js'
import { loadCounted } from '../load/counted-load.js'
import type { Requests } from '../load/request.js'
import { measureTail, ratioRow } from '../report/comparison.js'
import { interleave } from '../report/rounds.js'
import { type Row, skipped } from '../report/row.js'
import { median, ratios } from '../report/statistics.js'
import { processorCount } from '../setup/processors.js'
import { built } from '../setup/program.js'
import { rebuildArgon2, whyNotRebuilt } from '../setup/rebuilt-argon2.js'
import type { Workplace } from '../setup/workplace.js'

const rounds = 5
const seconds = 1.2
// More than a second's worth on two processors, and never so few that the first and the last of them count.
const count = 50 * processorCount
const goal = { atLeast: 0.95 }

export async function measurePasswords(workplace: Workplace): Promise<Row[]> {
  const ours = await workplace.startPostern({ place: 'anywhere' })
  await openAccount(ours)
  let users = 0
  const signUpNext = () => {
    users += 1
    return signUp(`user ${users}`)
  }
  const calls: { name: string; task: string; requests: Requests }[] = [
    { name: 'GET /token by password', task: 'verify', requests: [signIn()] },
    { name: 'POST /user', task: 'hash', requests: signUpNext }
  ]
  const rows: Row[] = []
  for (const { name, task, requests } of calls) {
    const rates = await interleave(rounds, {
      ours: () => loadCounted(ours.url, requests, count),
      argon2: () => hashesPerSecond(workplace, task)
    })
    const [mine, bare] = [median(rates.ours), median(rates.argon2)]
    const row = ratioRow(`${name} / argon2 alone`, goal, ratios(rates.ours, rates.argon2))
    const tail = await measureTail(name, { ours, requests }, mine, { rounds: 3, seconds: 2 })
    rows.push({ ...row, note: `${mine.toFixed(1)}/s by ${bare.toFixed(1)}/s` }, tail)
  }
  return [...rows, await compareRebuilt(workplace)]
}

async function compareRebuilt(workplace: Workplace): Promise<Row> {
  const name = 'argon2 rebuilt for this processor / as installed'
  const reason = whyNotRebuilt()
  if (reason) return skipped(name, reason)
  const path = rebuildArgon2(await workplace.folder())
  const rates = await interleave(rounds, {
    rebuilt: () => hashesPerSecond(workplace, 'hash', path),
    installed: () => hashesPerSecond(workplace, 'hash')
  })
  const row = ratioRow(name, undefined, ratios(rates.rebuilt, rates.installed))
  return { ...row, note: `${median(rates.rebuilt).toFixed(1)}/s by ${median(rates.installed).toFixed(1)}/s` }
}

function hashesPerSecond(workplace: Workplace, task: string, ...path: string[]): Promise<number> {
  const environment = { UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE || String(processorCount) }
  return workplace.run([built('bench/programs/argon2-alone.js'), task, String(seconds), ...path], environment)
}
