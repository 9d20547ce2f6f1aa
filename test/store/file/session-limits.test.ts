import t from 'tap'
import { Draft } from '../../../src/store/file/draft.js'
import { apply, emptyRecords, type Records } from '../../../src/store/file/records.js'
import { createSessionEviction } from '../../../src/store/file/session-limits.js'
import type { Session } from '../../../src/store/store.js'
import { createClock } from '../../support/helper.js'
import { createBrowserSession, createSession, createUser, hour, now } from '../../support/records.js'

class CountingDraft extends Draft {
  looks = 0

  override sessionById(id: string): Session | undefined {
    this.looks += 1
    return super.sessionById(id)
  }
}

function recordsOf(sessions: readonly Session[]): Records {
  const records = emptyRecords()
  for (const session of sessions) apply(records, { session })
  return records
}

/** Sessions of as many users. */
function createSessions(count: number, others: Partial<Session>): Session[] {
  return Array.from({ length: count }, (_, number) => createSession(createUser(`user ${number}`), others))
}

t.test('M6: which of all sessions makes room is found by a few looks, also once all are used', (t) => {
  const sessions = createSessions(5000, { lastUsedAt: now })
  const records = recordsOf(sessions)
  const eviction = createSessionEviction(records, createClock())
  for (const oldest of sessions.slice(0, 5)) {
    const draft = new CountingDraft(records)
    const newcomer = createSession(createUser('newcomer'), { lastUsedAt: now })
    const evicted = eviction.findEvicted(draft, newcomer, { perUser: 100, total: 5000 })
    t.equal(evicted?.id, oldest.id)
    t.ok(draft.looks < 200, `${draft.looks} looks`)
    apply(records, { endedSession: oldest.id })
    apply(records, { session: newcomer })
  }
  t.end()
})

t.test('M6: which of few browsers’ sessions makes room is found by a few looks among many others', (t) => {
  const others = createSessions(5000, {})
  const browsers = ['a', 'b', 'c'].map((name) => createBrowserSession(createUser(name), { lastUsedAt: now }))
  const records = recordsOf([...others, ...browsers])
  const eviction = createSessionEviction(records, createClock())
  for (const oldest of browsers) {
    const draft = new CountingDraft(records)
    const newcomer = createBrowserSession(createUser('newcomer'), { lastUsedAt: now })
    t.equal(eviction.findEvicted(draft, newcomer, { perUser: 100, total: 3 })?.id, oldest.id)
    t.ok(draft.looks < 200, `${draft.looks} looks`)
    apply(records, { endedSession: oldest.id })
    apply(records, { session: newcomer })
  }
  t.end()
})

t.test('M6: of a batch that could not be written the sessions that made room can do so again', (t) => {
  const sessions = createSessions(3, {})
  const eviction = createSessionEviction(recordsOf(sessions), createClock())
  for (const attempt of ['failed', 'second']) {
    const draft = new Draft(recordsOf(sessions))
    for (const { id } of sessions) {
      const newcomer = createSession(createUser('newcomer'))
      t.equal(eviction.findEvicted(draft, newcomer, { perUser: 100, total: 3 })?.id, id, attempt)
      draft.change({ endedSession: id })
      draft.change({ session: newcomer })
    }
  }
  t.end()
})

t.test('M6: of a batch whose sessions alone were never used the oldest of them makes room', (t) => {
  const records = recordsOf(createSessions(2, { lastUsedAt: now }))
  const eviction = createSessionEviction(records, createClock())
  const draft = new Draft(records)
  const first = createSession(createUser('first'))
  draft.change({ session: first })
  const newcomer = createSession(createUser('newcomer'))
  t.equal(eviction.findEvicted(draft, newcomer, { perUser: 100, total: 3 })?.id, first.id)
  t.end()
})

t.test('M6: a session that has expired makes room before one that was never used', (t) => {
  const alice = createUser('alice')
  const fresh = createSession(alice)
  const expired = createSession(alice, { exp: now + hour, lastUsedAt: now })
  const clock = createClock()
  clock.advance(hour)
  for (const limits of [
    { perUser: 2, total: 100 },
    { perUser: 100, total: 2 }
  ]) {
    const records = recordsOf([fresh, expired])
    const eviction = createSessionEviction(records, clock)
    t.equal(eviction.findEvicted(new Draft(records), createSession(alice), limits)?.id, expired.id)
  }
  t.end()
})
