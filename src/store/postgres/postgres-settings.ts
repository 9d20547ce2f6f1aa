import type { DatabaseAddress, DatabaseSettings } from './connection.js'

/** The settings of a store on PostgreSQL. */
export interface PostgresSettings extends DatabaseSettings {
  /** The way to the server itself, for the connection that listens. */
  readonly direct: DatabaseAddress
  /** How late this instance may learn of a change by another one, in milliseconds; 0: each request reads the database. */
  readonly maxStale: number
  /** How many tokens are remembered as good. */
  readonly cacheSize: number
  /** One or two keys of `storageKeyLength` bytes, of which the first one encrypts. */
  readonly storageKeys: readonly Buffer[]
}
