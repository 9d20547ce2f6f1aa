import { type Clock, toSeconds } from '../../clock.js'
import type { Store } from '../store.js'
import type { Changes, ChangeTransaction } from './changes.js'
import type { SessionEviction } from './session-limits.js'
import type { SessionTable } from './sessions.js'
import type { Touches } from './touches.js'

/** The changes of sessions; see `Store`. */
export type SessionChanges = Pick<Store, 'createSession' | 'replaceSession' | 'endSession'>

/** The dependencies of the changes of sessions. */
export interface SessionChangesDependencies {
  changes: Changes
  sessions: SessionTable
  eviction: SessionEviction
  touches: Touches
  clock: Clock
}

/** See `SessionChanges`. */
export function createSessionChanges(dependencies: SessionChangesDependencies): SessionChanges {
  const { changes, sessions, eviction, touches, clock } = dependencies

  async function end(transaction: ChangeTransaction, id: string) {
    const ended = await sessions.remove(transaction, id)
    if (ended === undefined) return undefined
    transaction.countSessions(ended.kind, -1)
    transaction.record({ kind: 'session', uid: ended.uid, sid: id })
    return ended
  }

  return {
    createSession(session, limits) {
      return changes.run(async (transaction) => {
        const id = await eviction.findEvicted(transaction, session, limits, toSeconds(clock()))
        const evicted = id === undefined ? undefined : await end(transaction, id)
        await sessions.add(transaction, [session])
        transaction.countSessions(session.kind, 1)
        return evicted
      })
    },

    async replaceSession(before, after) {
      const isReplaced = await changes.run((transaction) => sessions.replace(transaction, before, after))
      if (isReplaced) touches.forget('session', before.id)
      return isReplaced
    },

    async endSession(id) {
      await changes.run((transaction) => end(transaction, id))
    }
  }
}
