// How long a page of users takes on the store of the folder in the argument, and for how long the first page, which puts them in
// order, holds up others.

import { setTimeout as after } from 'node:timers/promises'
import { type LongestTurn, watchTurns } from '../setup/longest-turn.js'
import { openStore } from '../setup/opened-store.js'
import { seededName } from '../setup/seeded-users.js'

/** In milliseconds. */
export interface UserPages {
  /** The time until the first page, which puts the users in order. */
  first: number
  /** The longest turn of the event loop meanwhile. */
  stall: LongestTurn
  /** The time of each later page. */
  pages: number[]
}

const pages = 200
const pageSize = 50
const quietAfterOpening = 1000

const [folder = '', users] = process.argv.slice(2)
const store = await openStore(folder)
// Garbage from opening the store must not count as a stall of the list.
await after(quietAfterOpening)
const list = (index: number) =>
  store.listUsers({ by: 'name', text: seededName(index).slice(0, -1), limit: pageSize })

const endWatch = watchTurns()
const began = performance.now()
await list(0)
const first = performance.now() - began
const stall = endWatch()

const times: number[] = []
for (let page = 0; page < pages; page += 1) {
  const start = performance.now()
  await list(Math.floor((page / pages) * Number(users)))
  times.push(performance.now() - start)
}
console.log(JSON.stringify({ first, stall, pages: times } satisfies UserPages))
process.exit()
