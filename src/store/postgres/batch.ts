import type { Duplex } from 'node:stream'
import pg from 'pg'
import { typeParsers } from './connection.js'

/** A statement, with `$1` and so on for its values. */
export interface Statement {
  readonly text: string
  readonly values?: readonly unknown[] | undefined
}

/** The answer to a batch. */
export interface BatchOutcome {
  /** Those of the statements that have succeeded, in order. */
  readonly results: readonly pg.QueryResult[]
  /** The error of the one after them; undefined if all have succeeded. */
  readonly error?: unknown
}

/** A result as pg makes it, in which its types leave out how. */
interface GrowingResult extends pg.QueryResult {
  addFields(fields: unknown): void
  parseRow(fields: unknown): pg.QueryResultRow
  addRow(row: pg.QueryResultRow): void
  addCommandComplete(message: unknown): void
}

const createResult = () => new pg.Result('', typeParsers as typeof pg.types) as unknown as GrowingResult

/** Statements as the bytes that the server gets. */
export interface Message {
  readonly bytes: Buffer
  readonly statements: number
}

/** The message of statements. @throws for a value that cannot be sent. */
export function toMessage(statements: readonly Statement[]): Message {
  const parts = statements.map(({ text, values = [] }) => {
    // Without values pg would take the simple protocol.
    const config = { text, values: [...values], queryMode: 'extended' }
    return bytesOf((connection) => new pg.Query(config, rethrow).submit(connection))
  })
  return { bytes: Buffer.concat(parts), statements: statements.length }
}

/**
 * Sends statements at once, and waits once for the answers to all of them. None is run after the first that fails. Never rejects.
 *
 * They are one unit of the extended protocol, with one Sync. In the pipeline of pg each has its own, and would run by itself if the
 * `BEGIN` before it had failed.
 *
 * @param head goes before them, and has no results.
 */
export async function sendTogether(
  client: pg.Client,
  head: Message | undefined,
  statements: readonly Statement[]
): Promise<BatchOutcome> {
  try {
    const messages = [...(head === undefined ? [] : [head]), toMessage(statements)]
    const { results, error } = await new Promise<BatchOutcome>((resolve) => {
      client.query(new Batch(messages, resolve))
    })
    return { results: results.slice(head?.statements), error }
  } catch (error) {
    return { results: [], error }
  }
}

class Batch implements pg.Submittable {
  readonly #bytes: Buffer
  readonly #done: (outcome: BatchOutcome) => void
  readonly #results: pg.QueryResult[] = []
  #result = createResult()
  #error: unknown

  constructor(messages: readonly Message[], done: (outcome: BatchOutcome) => void) {
    this.#bytes = Buffer.concat([...messages.map(({ bytes }) => bytes), sync])
    this.#done = done
  }

  submit({ stream }: pg.Connection): void {
    if (stream.writable) stream.write(this.#bytes)
  }

  handleRowDescription({ fields }: { fields: unknown }): void {
    this.#result.addFields(fields)
  }

  handleDataRow({ fields }: { fields: unknown }): void {
    try {
      this.#result.addRow(this.#result.parseRow(fields))
    } catch (error) {
      this.#error ??= error
    }
  }

  handleCommandComplete(message: unknown): void {
    this.#result.addCommandComplete(message)
    this.#results.push(this.#result)
    this.#result = createResult()
  }

  handleError(error: unknown): void {
    this.#done({ results: this.#results, error })
  }

  handleReadyForQuery(): void {
    this.#done({ results: this.#results, error: this.#error })
  }
}

const sync = Buffer.from('S\0\0\0\x04')

/** The bytes that are sent on a connection of pg, but for its Sync. */
function bytesOf(send: (connection: pg.Connection) => void): Buffer {
  const parts: Buffer[] = []
  const stream = { writable: true, write: (part: Buffer) => parts.push(part) }
  const connection = new pg.Connection({ stream: () => stream as unknown as Duplex })
  send(Object.assign(connection, { sync() {} }))
  return Buffer.concat(parts)
}

function rethrow(error: unknown): void {
  if (error) throw error
}
