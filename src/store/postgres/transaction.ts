import type pg from 'pg'
import { type BatchOutcome, type Message, type Statement, sendTogether } from './batch.js'
import { databaseUnavailable, isRolledBack, toCommitError, toStoreError } from './database-errors.js'
import type { Queryable } from './queryable.js'

/** A transaction under way. Statements that are asked for at once, as by `Promise.all`, go in one message and are run in order. */
export interface Transaction extends Queryable {
  /** Runs a text of several statements, without values. */
  script(text: string): Promise<void>
  /** Asks for statements at the end, which go in the message of the commit: others wait for what they lock no longer than for that. */
  atCommit(ask: () => Promise<unknown>): void
}

/** A transaction, for the one who ends it. */
export interface OpenTransaction extends Transaction {
  /** Whether the commit was sent and not answered: it is not known whether it has happened. */
  readonly isCommitting: boolean
  /** @throws `StoreUnavailableError`, also if it is not known whether it has happened; as `query` for what was asked at the end. */
  commit(): Promise<void>
  /** Gives all up, once the statements under way are answered. */
  rollBack(): Promise<void>
}

interface Waiting extends Statement {
  resolve(result: pg.QueryResult): void
  reject(error: unknown): void
}

const commitText = 'COMMIT'

/**
 * A transaction on a connection that is in none.
 *
 * @param head begins it. It goes with the first statements.
 * @param begun is called once that is answered.
 */
export function createTransaction(client: pg.Client, head: Message, begun: () => void): OpenTransaction {
  const atEnd: (() => Promise<unknown>)[] = []
  let waiting: Waiting[] = []
  let sent: Promise<void> = Promise.resolve()
  let [isBegun, isCommitting, isEnded] = [false, false, false]
  let failure: unknown

  function ask(statement: Statement): Promise<pg.QueryResult> {
    if (isEnded) return Promise.reject(new Error('the transaction has ended'))
    return new Promise((resolve, reject) => {
      // One message after the other: behind a `BEGIN` that has failed, a statement would stand by itself.
      if (waiting.push({ ...statement, resolve, reject }) === 1) sent = sent.then(sendWaiting)
    })
  }

  async function sendWaiting(): Promise<void> {
    const batch = waiting
    waiting = []
    if (failure === undefined) {
      const { results, error } = await send(batch)
      for (const result of results) batch.shift()?.resolve(result)
      failure = error
    }
    for (const { reject } of batch) reject(failure)
  }

  async function send(batch: readonly Statement[]): Promise<BatchOutcome> {
    isCommitting = batch.at(-1)?.text === commitText
    const { results, error } = await sendTogether(client, isBegun ? undefined : head, batch)
    if (error === undefined && !isBegun) begun()
    isBegun ||= error === undefined
    if (error === undefined || isRolledBack(error)) isCommitting = false
    if (error === undefined) return { results }
    return { results, error: isCommitting ? toCommitError(error) : toStoreError(error) }
  }

  async function query<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]> {
    return (await ask({ text, values })).rows
  }

  async function commitWith(asked: readonly Promise<unknown>[]): Promise<void> {
    const committing = ask({ text: commitText })
    isEnded = true
    const [{ command }] = await Promise.all([committing, ...asked])
    // The server's answer if a statement has failed.
    if (command !== commitText) throw databaseUnavailable(new Error(`COMMIT was answered by ${command}`))
  }

  return {
    get isCommitting() {
      return isCommitting
    },

    query,

    async script(text) {
      await query('SELECT')
      await client.query(text).catch((error: unknown) => {
        throw toStoreError(error)
      })
    },

    atCommit(ask) {
      atEnd.push(ask)
    },

    async commit() {
      // Even one whose error the work has caught.
      if (failure !== undefined) throw databaseUnavailable(failure)
      const asked = atEnd.map((ask) => ask())
      if (isBegun) return await commitWith(asked)
      // The first message may meet a dead connection and be sent again on another one, unlike a commit.
      await Promise.all(asked)
      if (isBegun) await commitWith([])
    },

    async rollBack() {
      isEnded = true
      await sent
      if (!isCommitting && client.getTransactionStatus() !== 'I')
        await client.query('ROLLBACK').catch(() => {})
    }
  }
}
