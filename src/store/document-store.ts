import { type Adapter, Low } from 'lowdb'
import { type Clock, toSeconds } from '../clock.js'
import { ServiceError } from '../errors.js'
import type { Store, User } from './store.js'
import type { StoreDocument } from './store-document.js'

/** Users and revocations as they are looked up. */
interface State {
  users: Map<string, User>
  uidByName: Map<string, string>
  expiryByJti: Map<string, number>
}

/** Edits a draft and says whether it changed anything; throws to refuse, and then must not have touched the draft. */
type Change = (draft: State) => boolean

interface PendingChange {
  change: Change
  resolve(changed: boolean): void
  reject(error: unknown): void
}

/**
 * A `Store` in one JSON document behind a lowdb adapter, all of it in memory. Lookups cost a hash table's; changes that
 * arrive while one is being written are written together in the next, so that a write costs the document's size
 * once for all of them.
 *
 * @throws what the adapter throws at reading.
 */
export async function openDocumentStore(adapter: Adapter<StoreDocument>, clock: Clock): Promise<Store> {
  const db = new Low<StoreDocument>(adapter, { version: 1, users: [], revokedTokens: [] })
  await db.read()

  // What is on disk, and all that a reader ever sees: a draft takes its place only once it is written.
  let state = toState(db.data)
  let pending: PendingChange[] = []
  let flushing: Promise<void> | undefined

  function commit(change: Change): Promise<boolean> {
    return new Promise((resolve, reject) => {
      pending.push({ change, resolve, reject })
      flushing ??= flushPending()
    })
  }

  async function flushPending(): Promise<void> {
    while (pending.length > 0) {
      const batch = pending
      pending = []
      await flush(batch)
    }
    flushing = undefined
  }

  async function flush(batch: PendingChange[]): Promise<void> {
    const draft = draftOf(state, toSeconds(clock()))
    // Even a refusal waits for the write: it may be due to another change of the batch, which may fail.
    const settle: (() => void)[] = []
    let changed = false
    for (const { change, resolve, reject } of batch) {
      try {
        const hasChanged = change(draft)
        changed ||= hasChanged
        settle.push(() => resolve(hasChanged))
      } catch (error) {
        settle.push(() => reject(error))
      }
    }
    try {
      if (changed) await write(draft)
    } catch (cause) {
      for (const { reject } of batch) reject(new ServiceError('StoreUnavailableError', { cause }))
      return
    }
    for (const answer of settle) answer()
  }

  async function write(draft: State): Promise<void> {
    const written = db.data
    db.data = toDocument(draft)
    try {
      await db.write()
    } catch (error) {
      db.data = written
      throw error
    }
    state = draft
  }

  return {
    async findUserByName(name) {
      const uid = state.uidByName.get(name)
      return uid === undefined ? undefined : state.users.get(uid)
    },

    async findUserById(uid) {
      return state.users.get(uid)
    },

    async createUser(user) {
      await commit((draft) => {
        if (draft.uidByName.has(user.name)) throw new ServiceError('UserAlreadyExistsError')
        draft.users.set(user.uid, user)
        draft.uidByName.set(user.name, user.uid)
        return true
      })
    },

    async replaceUser(before, after) {
      return await commit((draft) => {
        if (draft.users.get(before.uid) !== before) return false
        draft.users.set(before.uid, after)
        return true
      })
    },

    async revokeToken({ jti, exp }) {
      await commit((draft) => {
        if (draft.expiryByJti.has(jti)) return false
        draft.expiryByJti.set(jti, exp)
        return true
      })
    },

    async isTokenRevoked(jti) {
      return state.expiryByJti.has(jti)
    },

    async close() {
      await flushing
    }
  }
}

function toState({ users, revokedTokens }: StoreDocument): State {
  return {
    users: new Map(users.map((user) => [user.uid, user])),
    uidByName: new Map(users.map((user) => [user.name, user.uid])),
    expiryByJti: new Map(revokedTokens.map(({ jti, exp }) => [jti, exp]))
  }
}

function toDocument({ users, expiryByJti }: State): StoreDocument {
  return {
    version: 1,
    users: [...users.values()],
    revokedTokens: Array.from(expiryByJti, ([jti, exp]) => ({ jti, exp }))
  }
}

// Expired revocations are dropped: `exp` alone refuses those tokens.
function draftOf({ users, uidByName, expiryByJti }: State, now: number): State {
  return {
    users: new Map(users),
    uidByName: new Map(uidByName),
    expiryByJti: new Map([...expiryByJti].filter(([, exp]) => exp > now))
  }
}
