import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { folderStorage } from '../../../src/store/file/folder-storage.js'
import { openJournaledStore } from '../../../src/store/file/journaled-store.js'
import { resumeTime } from '../../../src/clock.js'
import { createClock, temporaryFolder } from '../../support/helper.js'
import { createSession, createUser, hour, limits, now } from '../../support/records.js'

/** Runs a process that lives for ten minutes and begins a session in it, which lasts for an hour. */
async function runBriefly(t: Test, folder: string, clock: ReturnType<typeof createClock>): Promise<number> {
  const startedAt = clock.uptime()
  const store = await openJournaledStore({
    ...folderStorage(folder),
    clock,
    uptime: () => clock.uptime() - startedAt,
    warn: (error) => t.fail(String(error))
  })
  const issuedAt = clock() / 1000
  const session = createSession(createUser('alice'), { issuedAt, exp: issuedAt + hour })
  await store.createSession(session, limits)
  clock.advance(600)
  await store.close()
  return JSON.parse(readFileSync(join(folder, 'users.json'), 'utf8')).sessions.length
}

t.test('R14: processes that never live an hour forget what has expired', async (t) => {
  for (const pause of [0, 3 * hour, 24 * hour]) {
    const folder = temporaryFolder(t)
    const clock = createClock()
    const counts: number[] = []
    for (let run = 0; run < 30; run += 1) {
      counts.push(await runBriefly(t, folder, clock))
      clock.advance(pause)
    }
    t.ok(Math.max(...counts) <= 20, `${pause}: ${counts}`)
  }
})

t.test('R14: a clock that is ahead while processes start and end has nothing forgotten', async (t) => {
  const folder = temporaryFolder(t)
  const clock = createClock()
  const store = await openJournaledStore({ ...folderStorage(folder), clock, uptime: clock.uptime, warn() {} })
  await store.revokeToken({ jti: 'a'.repeat(32), exp: now + 90 * hour })
  await store.close()
  await runBriefly(t, folder, clock)
  clock.set(960 * hour)
  for (let run = 0; run < 4; run += 1) await runBriefly(t, folder, clock)
  clock.set(-960 * hour)
  await runBriefly(t, folder, clock)
  const again = await openJournaledStore({ ...folderStorage(folder), clock, uptime: clock.uptime, warn() {} })
  t.equal(again.isTokenRevoked('a'.repeat(32)), true)
  await again.close()
})

t.test('M6: a clock that is ahead when a process starts ends no session', async (t) => {
  const folder = temporaryFolder(t)
  const clock = createClock()
  const open = () => openJournaledStore({ ...folderStorage(folder), clock, uptime: clock.uptime, warn() {} })
  const store = await open()
  const session = createSession(createUser('alice'), { issuedAt: now, exp: now + 90 * hour })
  await store.createSession(session, limits)
  await store.close()
  clock.set(960 * hour)
  await runBriefly(t, folder, clock)
  clock.set(-960 * hour)
  const again = await open()
  t.same(await again.findSession(session.id), session)
  await again.close()
})

t.test('what the clock said at a start is certain an hour later, unless it was set back', (t) => {
  t.same(resumeTime({ known: 0, seen: 0 }, now), { known: 0, seen: now })
  t.same(resumeTime({ known: 5, seen: now }, now + hour - 1), { known: 5, seen: now })
  t.same(resumeTime({ known: 5, seen: now }, now + hour), { known: now, seen: now + hour })
  t.same(resumeTime({ known: 5, seen: now }, now - 1), { known: 5, seen: now - 1 })
  t.same(resumeTime({ known: now + 1, seen: now }, now + hour), { known: now + 1, seen: now + hour })
  t.end()
})
