import type { Test } from 'tap'
import type { FailureCount, FailureCounts } from '../../src/store/failure-counts.js'
import type { createClock } from '../support/helper.js'

/** Opens empty counts, and the clock that decides about their ends; closes them after the test. */
export type OpenFailureCounts = (
  t: Test
) => Promise<{ counts: FailureCounts; clock: Pick<ReturnType<typeof createClock>, 'advance'> }>

const window = 900
const host: FailureCount = { kind: 'host', key: 'a' }
const others: FailureCount[] = [
  { kind: 'host', key: 'b' },
  { kind: 'site', key: 'a' },
  { kind: 'name', key: 'a' },
  { kind: 'network', key: 'a' },
  { kind: 'code', key: 'a' }
]
const none = { failures: 0, wait: 0 }

/** Tries what every driver promises of its failure counts; see `FailureCounts`. */
export function testFailureCounts(t: Test, open: OpenFailureCounts): void {
  t.test('nothing is counted before the first failure', async (t) => {
    const { counts } = await open(t)
    t.same(await counts.find([host, ...others]), [none, none, none, none, none, none])
    t.same(await counts.findPauses(['a', 'b']), [0, 0])
  })

  t.test('a failure counts for its key and kind alone', async (t) => {
    const { counts } = await open(t)
    t.match(await counts.add([host], window), [{ failures: 1 }])
    t.match(await counts.find([host]), [{ failures: 1 }])
    t.same(await counts.find(others), [none, none, none, none, none])
  })

  t.test('tallies come in the order in which they are asked for', async (t) => {
    const { counts } = await open(t)
    await counts.add([host], window)
    t.match(await counts.add([...others, host], window), [
      { failures: 1 },
      { failures: 1 },
      { failures: 1 },
      { failures: 1 },
      { failures: 1 },
      { failures: 2 }
    ])
    t.match(await counts.find([{ kind: 'name', key: 'unknown' }, host]), [none, { failures: 2 }])
  })

  t.test('a window begins with the first failure, and its end forgets all of them', async (t) => {
    const { counts, clock } = await open(t)
    await counts.add([host], window)
    clock.advance(600)
    t.match(await counts.add([host], window), [{ failures: 2, wait: 300_000 }])
    clock.advance(299)
    t.match(await counts.find([host]), [{ failures: 2, wait: 1000 }])
    clock.advance(1)
    t.same(await counts.find([host]), [none])
    t.match(await counts.add([host], window), [{ failures: 1, wait: 900_000 }])
  })

  t.test('of failures at the same time each one sees another tally', async (t) => {
    const { counts } = await open(t)
    const added = await Promise.all(Array.from({ length: 20 }, () => counts.add([host], window)))
    const tallies = added.map(([tally]) => tally?.failures)
    t.same(
      tallies.sort((one, other) => Number(one) - Number(other)),
      Array.from({ length: 20 }, (_, index) => index + 1)
    )
  })

  t.test('a count that is forgotten leaves the others', async (t) => {
    const { counts } = await open(t)
    await counts.forget(host)
    await counts.add([host, ...others], window)
    await counts.forget(host)
    t.same(await counts.find([host]), [none])
    for (const tally of await counts.find(others)) t.match(tally, { failures: 1 })
  })

  t.test('a pause ends by itself, and a later one replaces it', async (t) => {
    const { counts, clock } = await open(t)
    await counts.pause([
      { key: 'a', duration: 2 },
      { key: 'b', duration: 60 }
    ])
    t.same(await counts.findPauses(['b', 'a', 'c']), [60_000, 2000, 0])
    clock.advance(1)
    await counts.pause([{ key: 'a', duration: 4 }])
    t.same(await counts.findPauses(['a', 'b']), [4000, 59_000])
    clock.advance(4)
    t.same(await counts.findPauses(['a', 'b']), [0, 55_000])
  })

  t.test('all counts and pauses can be forgotten at once', async (t) => {
    const { counts } = await open(t)
    await counts.add([host, ...others], window)
    await counts.pause([{ key: 'a', duration: 60 }])
    await counts.clear()
    t.same(await counts.find([host, ...others]), [none, none, none, none, none, none])
    t.same(await counts.findPauses(['a']), [0])
  })
}
