import type { Test } from 'tap'
import { createId } from '../../src/ids.js'
import type { PendingSignIn, PendingSignIns } from '../../src/store/pending-sign-ins.js'
import type { createClock } from '../support/helper.js'
import { now } from '../support/records.js'

/** Opens an empty place for sign-ins, and the clock that decides about their ends; closes it after the test. */
export type OpenPendingSignIns = (
  t: Test
) => Promise<{ signIns: PendingSignIns; clock: Pick<ReturnType<typeof createClock>, 'advance'> }>

const lifetime = 300

function createSignIn(digit: string): PendingSignIn {
  return { digest: digit.repeat(64), uid: createId(), gen: 7, authTime: now, expiresAt: now + lifetime }
}

/** Tries what every driver promises of the sign-ins under way; see `PendingSignIns`. */
export function testPendingSignIns(t: Test, open: OpenPendingSignIns): void {
  t.test('a sign-in is found by its digest until it is removed', async (t) => {
    const { signIns } = await open(t)
    const [one, other] = [createSignIn('1'), { ...createSignIn('2'), returnTo: 'https://wiki.example.org/' }]
    t.equal(await signIns.find(one.digest), undefined)
    await signIns.add(one)
    await signIns.add(other)
    t.same(await signIns.find(one.digest), one)
    t.equal(await signIns.remove(one.digest), true)
    t.equal(await signIns.find(one.digest), undefined)
    t.equal(await signIns.remove(one.digest), false)
    t.same(await signIns.find(other.digest), other)
  })

  t.test('of removals at the same time one succeeds', async (t) => {
    const { signIns } = await open(t)
    const signIn = createSignIn('1')
    await signIns.add(signIn)
    const removals = await Promise.all(Array.from({ length: 10 }, () => signIns.remove(signIn.digest)))
    t.equal(removals.filter(Boolean).length, 1)
  })

  t.test('a sign-in is gone once it has expired, also for who has read it before', async (t) => {
    const { signIns, clock } = await open(t)
    const signIn = createSignIn('1')
    await signIns.add(signIn)
    clock.advance(lifetime - 1)
    t.same(await signIns.find(signIn.digest), signIn)
    clock.advance(1)
    t.equal(await signIns.find(signIn.digest), undefined)
    t.equal(await signIns.remove(signIn.digest), false)
  })

  t.test('all sign-ins can be forgotten at once', async (t) => {
    const { signIns } = await open(t)
    const [one, other] = [createSignIn('1'), createSignIn('2')]
    await signIns.add(one)
    await signIns.add(other)
    await signIns.clear()
    t.equal(await signIns.find(one.digest), undefined)
    t.equal(await signIns.find(other.digest), undefined)
  })
}
