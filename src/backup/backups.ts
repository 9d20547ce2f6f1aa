import type { Audit, AuditedActor } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import type { KeyStorage } from '../keys/key-storage.js'
import type { Store, User } from '../store/store.js'
import { encryptTo } from './encryption.js'
import { writeBackup } from './write-backup.js'

/** The dependencies of backups. */
export interface BackupsDependencies {
  store: Store
  keyStorage: KeyStorage
  audit: Audit
  clock: Clock
  /** Loads a function that gives an account with its secrets in the clear. */
  loadOpening(): Promise<(user: User) => User>
}

/** Copies of everything that the service keeps, made while it serves. */
export interface Backups {
  /**
   * The chunks of a backup of this moment. They are made as they are read: it takes as long as its reader does, and changes go on
   * meanwhile. Without recipients it holds the signing keys and the second factors in the clear.
   *
   * @param recipients public keys of age.
   * @throws `InvalidArgumentError` for a recipient that is none; `StoreUnavailableError`; the errors of the driver of the keys.
   */
  make(actor: AuditedActor, recipients: readonly string[]): Promise<AsyncIterable<Uint8Array>>
}

/** See `Backups`. */
export function createBackups({
  store,
  keyStorage,
  audit,
  clock,
  loadOpening
}: BackupsDependencies): Backups {
  return {
    async make(actor, recipients) {
      const madeAt = toSeconds(clock())
      const dump = await store.dump()
      // After the store: a token of each session of the dump was signed with a key that is there by now.
      const keys = await keyStorage.change((keys) => keys)
      const plain = writeBackup({ madeAt, dump, keys, openUser: await loadOpening() })
      const chunks = recipients.length === 0 ? plain : await encryptTo(recipients, plain)
      audit.recordAction('backup_made', actor, {
        detail: recipients.length > 0 ? 'encrypted' : 'not encrypted'
      })
      return chunks
    }
  }
}
