// Starts Posterns for tests in this process, one after the other, resets one that has 1,000 users, and makes namespaces of it;
// prints how long each took.
import { startPostern } from 'postern/testing'
import type { InProcess } from '../groups/fixture.js'

const starts = 40
const resets = 40
const namespaces = 40
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
const result: InProcess = { first, starts: [], resets: [], namespaces: [] }
for (let round = 0; round < starts; round += 1) result.starts.push(await timeStart())

await using postern = await startPostern({ users })
for (let round = 0; round < resets; round += 1) {
  // A change for the reset to undo.
  await postern.app.inject({ method: 'POST', url: '/user', payload: { user: 'bob', pass: 'x' } })
  result.resets.push(await time(() => postern.reset()))
}
for (let round = 0; round < namespaces; round += 1) {
  const url = `${postern.url}/fixture/namespaces/worker-${round}`
  const put = {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ users: { alice: 'x' } })
  }
  result.namespaces.push(
    await time(async () => {
      await (await fetch(url, put)).text()
    })
  )
}
console.log(JSON.stringify(result))
