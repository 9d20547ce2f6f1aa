// Starts Posterns for tests in this process, one after the other, and resets one that has 1,000 users; prints how long each
// took.
import { startPostern } from 'postern/testing'
import type { InProcess } from '../groups/fixture.js'

const starts = 40
const resets = 40
const users = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`user ${index}`, 'x']))

async function time(action: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await action()
  return performance.now() - start
}

async function timeStart(): Promise<number> {
  let stop = async () => {}
  const milliseconds = await time(async () => {
    stop = (await startPostern({ users: { alice: 'x' } })).stop
  })
  await stop()
  return milliseconds
}

const first = await timeStart()
const result: InProcess = { first, starts: [], resets: [] }
for (let round = 0; round < starts; round += 1) result.starts.push(await timeStart())

await using postern = await startPostern({ users })
for (let round = 0; round < resets; round += 1) {
  // A change for the reset to undo.
  await postern.app.inject({ method: 'POST', url: '/user', payload: { user: 'bob', pass: 'x' } })
  result.resets.push(await time(() => postern.reset()))
}
console.log(JSON.stringify(result))
