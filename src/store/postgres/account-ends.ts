import type { Revocation } from '../store.js'
import type { Database } from './database.js'
import type { KeptEvent } from './events.js'
import type { StoreFacts } from './store-facts.js'

/** The ends of accounts (`expiresAt`), which no event tells when they come. */
export interface AccountEnds {
  /**
   * The accounts whose time was over after one moment and not after another, both in seconds since the epoch.
   *
   * @param changed also those of these events whose time is over: an end may be committed after it has passed.
   * @throws `StoreUnavailableError`.
   */
  findBetween(after: number, until: number, changed?: readonly KeptEvent[]): Promise<Revocation[]>
  /** Calls the listener from now on, at most a second after each end. */
  watch(listener: () => void): void
  /** A change was told: the next end may be another one. */
  forget(): void
  close(): void
}

/** The dependencies of the ends of accounts. */
export interface AccountEndsDependencies {
  database: Database
  facts: StoreFacts
  /** In seconds since the epoch. */
  now(): number
  /** A time that has certainly passed, in seconds. */
  cautiousNow(): number
}

// In milliseconds.
const interval = 1000

/** See `AccountEnds`. */
export function createAccountEnds(dependencies: AccountEndsDependencies): AccountEnds {
  const { database, facts, now, cautiousNow } = dependencies
  const users = database.table('users')
  let timer: NodeJS.Timeout | undefined
  let seen = now()
  /** The next end; undefined if it must be looked for. */
  let next: number | undefined
  let changes = 0

  async function findNext(): Promise<number> {
    const [row] = await database.query<{ next: number | null }>(
      `SELECT min(expires_at) AS next FROM ${users} WHERE expires_at > $1`,
      [seen]
    )
    return row?.next ?? Number.POSITIVE_INFINITY
  }

  async function pass(listener: () => void): Promise<void> {
    if (next === undefined) {
      const begun = changes
      const found = await findNext().catch(() => undefined)
      // Else a change meanwhile may have set an earlier one.
      if (begun === changes) next = found
    }
    if (next === undefined || now() < next) return
    seen = now()
    listener()
  }

  return {
    async findBetween(after, until, changed = []) {
      // Older ones have no tokens left.
      const oldest = cautiousNow() - facts.accessTokenTtl
      // An event of another kind tells an end by itself, or comes with one of these.
      const uids = changed.flatMap((event) =>
        event.kind === 'account' || event.kind === 'generation' ? [event.uid] : []
      )
      const rows = await database.query<{ uid: string }>(
        `SELECT uid FROM ${users} WHERE (expires_at > $1 AND expires_at <= $2)
           OR (uid = ANY($3::text[]) AND expires_at > $4 AND expires_at <= $2)
         ORDER BY expires_at`,
        [Math.max(after, oldest), until, uids, oldest]
      )
      return rows.map(({ uid }) => ({ uid, ended: true }))
    },

    watch(listener) {
      timer ??= setInterval(() => pass(listener), interval).unref()
    },

    forget() {
      changes += 1
      next = undefined
    },

    close() {
      clearInterval(timer)
    }
  }
}
