import { type Clock, toSeconds } from '../../clock.js'
import type { PendingSignIn, PendingSignIns } from '../pending-sign-ins.js'
import type { Database } from './database.js'
import { storableText } from './storable-text.js'

interface SignInRow {
  readonly record: PendingSignIn
}

/** `PendingSignIns` in the database: every instance takes the second step of a sign-in. */
export function createDatabasePendingSignIns(database: Database, clock: Clock): PendingSignIns {
  const signIns = database.table('pending_sign_ins')
  const now = () => toSeconds(clock())

  return {
    async add(signIn) {
      await database.transaction(({ query }) =>
        query(`INSERT INTO ${signIns} (digest, expires_at, record) VALUES ($1, $2, $3)`, [
          signIn.digest,
          signIn.expiresAt,
          JSON.stringify(signIn)
        ])
      )
    },

    async find(digest) {
      const [row] = await database.query<SignInRow>(
        `SELECT record FROM ${signIns} WHERE digest = $1 AND expires_at > $2`,
        [storableText(digest), now()]
      )
      return row?.record
    },

    async remove(digest) {
      const rows = await database.transaction(({ query }) =>
        query(`DELETE FROM ${signIns} WHERE digest = $1 AND expires_at > $2 RETURNING digest`, [
          storableText(digest),
          now()
        ])
      )
      return rows.length > 0
    },

    async clear() {
      await database.transaction(({ query }) => query(`DELETE FROM ${signIns}`))
    }
  }
}
