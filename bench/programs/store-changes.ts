// How long durable changes take on the stores of two folders, given with the number of users in each: one by one and in turn.
// Prints the milliseconds of each change, by kind and folder, in rounds.
import { createId } from '../../src/ids.js'
import type { Store } from '../../src/store/store.js'
import { openStore } from '../setup/opened-store.js'
import { generateUser, seededName } from '../setup/seeded-users.js'

/** Milliseconds, by round. */
type Times = number[][]
export type ChangeTimes = Record<'signUp' | 'deletion' | 'revocation', { few: Times; many: Times }>

const rounds = 16
// All in all, there must be no more deletions than there are users in the smaller store.
const changesPerRound = 6

const [fewFolder = '', fewUsers, manyFolder = '', manyUsers] = process.argv.slice(2)
const stores = {
  few: { store: await openStore(fewFolder), users: Number(fewUsers) },
  many: { store: await openStore(manyFolder), users: Number(manyUsers) }
}
let changes = 0

const kinds = {
  signUp: async (store: Store) => {
    const user = generateUser(`new user ${changes}`)
    return () => store.createUser(user)
  },
  deletion: async (store: Store, users: number) => {
    const index = Math.floor((deletions / (rounds * changesPerRound)) * users)
    const user = await store.findUserByName(seededName(index))
    if (user === undefined) throw new Error(`there is no user ${index}`)
    return () => store.replaceUser(user, { ...user, state: 'deleted' })
  },
  revocation: async (store: Store) => {
    const token = { jti: createId(), exp: Math.floor(Date.now() / 1000) + 3600 }
    return () => store.revokeToken(token)
  }
}
let deletions = 0

const times: ChangeTimes = {
  signUp: { few: [], many: [] },
  deletion: { few: [], many: [] },
  revocation: { few: [], many: [] }
}
for (let round = -1; round < rounds; round += 1) {
  for (const kind of ['signUp', 'deletion', 'revocation'] as const) {
    const isWarmUp = round < 0
    if (isWarmUp && kind === 'deletion') continue
    const { few, many } = await measureRound(kind)
    if (isWarmUp) continue
    times[kind].few.push(few)
    times[kind].many.push(many)
  }
}
console.log(JSON.stringify(times))
// The folders are thrown away; to compact the journals first would take longer than the measurement.
process.exit()

async function measureRound(kind: keyof typeof kinds): Promise<{ few: number[]; many: number[] }> {
  const result = { few: [] as number[], many: [] as number[] }
  for (let change = 0; change < changesPerRound; change += 1) {
    for (const size of changes % 2 === 0 ? (['few', 'many'] as const) : (['many', 'few'] as const)) {
      const { store, users } = stores[size]
      const run = await kinds[kind](store, users)
      const start = performance.now()
      await run()
      result[size].push(performance.now() - start)
    }
    changes += 1
    if (kind === 'deletion') deletions += 1
  }
  return result
}
