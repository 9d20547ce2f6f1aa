// A soak: a model judges every answer of a service that is stopped and killed all the time. Run by hand for longer than the test
// does: node build/test/support/soak.js --minutes 10
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import t, { type Test } from 'tap'
import { type Ask, createAsk, LostReply } from './ask.js'
import { temporaryFolder } from './helper.js'
import { type Program, serve } from './process.js'
import { load } from './service-model.js'
import type { LoadResult } from './witness.js'

/** The counts of a soak. */
export interface SoakResult extends LoadResult {
  readonly stops: number
  readonly kills: number
}

/** Soaks the program on a data folder for so many milliseconds. */
export async function soak(t: Test, milliseconds: number): Promise<SoakResult> {
  const folder = temporaryFolder(t)
  const deadline = performance.now() + milliseconds
  const isOver = () => performance.now() > deadline
  const ends = { SIGTERM: 0, SIGKILL: 0 }
  let url: string | undefined
  let waiting: (() => void)[] = []

  async function address(): Promise<string> {
    while (url === undefined) await new Promise<void>((resolve) => waiting.push(resolve))
    return url
  }

  const askNow = createAsk(address)
  const ask: Ask = async (...request) => {
    const base = await address()
    try {
      return await askNow(...request)
    } catch (error) {
      // The process that got the call has ended by then: its outcome is settled.
      if (error instanceof LostReply) while (url === base) await after(5)
      throw error
    }
  }

  async function start(): Promise<Program> {
    const program = serve(t, folder, { POSTERN_LOG_LEVEL: 'fatal' })
    url = await program.url()
    for (const wake of waiting) wake()
    waiting = []
    return program
  }

  async function restartAllTheTime(): Promise<void> {
    while (!isOver()) {
      const program = await start()
      await after(500 + Math.random() * 4000)
      const signal = Math.random() < 0.7 ? 'SIGKILL' : 'SIGTERM'
      ends[signal] += 1
      url = undefined
      process.kill(-(program.child.pid as number), signal)
      await program.exit
    }
    // Those who wait for an answer come to their end.
    await start()
  }

  const [result] = await Promise.all([
    load({ ask, maxStale: 0, settleTime: 0, isOver, owners: 8 }),
    restartAllTheTime()
  ])
  return { ...result, stops: ends.SIGTERM, kills: ends.SIGKILL }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
  t.setTimeout(0)
  t.test('the soak', { timeout: 0 }, async (t) => {
    const result = await soak(t, Number(values.minutes) * 60_000)
    t.comment(JSON.stringify(result))
    t.same(result.violations, [])
  })
}
