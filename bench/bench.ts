// Measures all groups, or those that are named, and prints one table. A goal that is missed is no failure: this is no test.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { measureCalls } from './groups/calls.js'
import { measureExchange } from './groups/exchange.js'
import { measureFairness } from './groups/fairness.js'
import { measureFeed } from './groups/feed.js'
import { measureFixture } from './groups/fixture.js'
import { measureInstall } from './groups/install.js'
import { measureOverload } from './groups/overload.js'
import { measurePages } from './groups/pages.js'
import { measurePasswords } from './groups/passwords.js'
import { measurePeers } from './groups/peers.js'
import { measurePostgres } from './groups/postgres.js'
import { measureSites } from './groups/sites.js'
import { measureStart } from './groups/start.js'
import { measureStore } from './groups/store.js'
import { describeMachine, machineText } from './report/machine.js'
import { isMet, type Row, skipped } from './report/row.js'
import { formatTable } from './report/table.js'
import { move } from './setup/processors.js'
import { type Group, Workplace } from './setup/workplace.js'

const groups: Record<string, Group> = {
  calls: measureCalls,
  exchange: measureExchange,
  passwords: measurePasswords,
  start: measureStart,
  store: measureStore,
  postgres: measurePostgres,
  overload: measureOverload,
  fairness: measureFairness,
  feed: measureFeed,
  pages: measurePages,
  sites: measureSites,
  fixture: measureFixture,
  install: measureInstall,
  peers: measurePeers
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' } }
})
const chosen = positionals.length === 0 ? Object.keys(groups) : positionals
const unknown = chosen.filter((name) => !(name in groups))
if (unknown.length > 0) {
  console.error(`no such group: ${unknown.join(', ')}; there are: ${Object.keys(groups).join(', ')}`)
  process.exit(2)
}

// Started programs end when this process exits; a signal alone would end it without notice to them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const machine = describeMachine()
move('load')
const rows: (Row & { group: string })[] = []
for (const name of chosen) {
  const start = performance.now()
  for (const row of await measure(name)) rows.push({ group: name, ...row })
  console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`)
}

console.log(`${machineText(machine)}\n\n${formatTable(rows)}`)
if (values.json !== undefined) {
  const figures = rows.map((row) => ({ ...row, isMet: isMet(row) }))
  writeFileSync(values.json, `${JSON.stringify({ machine, rows: figures }, null, 2)}\n`)
}

async function measure(name: string): Promise<Row[]> {
  const workplace = new Workplace()
  try {
    return (await groups[name]?.(workplace)) ?? []
  } catch (error) {
    // The results of the other groups are still worth printing.
    return [skipped(name, (error as Error).message)]
  } finally {
    await workplace.close()
  }
}
