// Starts and stops a Postern for tests 200 times, and prints the bytes of the heap that are in use after 50 rounds and after
// all of them. Run with --expose-gc.
import { setImmediate as turn } from 'node:timers/promises'
import { startPostern } from 'postern/testing'

async function usedBytes(): Promise<number> {
  // What a finalizer lets go of is collected the next time.
  for (let time = 0; time < 3; time += 1) {
    await turn()
    globalThis.gc?.()
  }
  return process.memoryUsage().heapUsed
}

const used: number[] = []
for (let round = 1; round <= 200; round += 1) {
  const postern = await startPostern({ users: { alice: 'x' } })
  await postern.app.inject('/version')
  await postern.stop()
  if (round === 50 || round === 200) used.push(await usedBytes())
}
console.log(JSON.stringify(used))
