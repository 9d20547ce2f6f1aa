import pg from 'pg'
import { Refusal } from '../../errors/refusals.js'
import { TimeoutError } from './deadline.js'

// Serialization failure and deadlock: the transaction may succeed when it is run again.
const conflicts = new Set(['40001', '40P01'])

// Classes of SQLSTATE by which the statement itself is at fault. Any other one is the state of the server or of the connection.
const faultyStatement = /^(?:2[1-4]|42(?!501))/

/** Whether a transaction lost a race, and may be run again. */
export function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && conflicts.has(String(error.code))
}

/** The name of the unique constraint that a statement has violated; undefined for any other error. */
export function violatedConstraint(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code === '23505' ? error.constraint : undefined
}

/** The `StoreUnavailableError` of a call that the database did not answer, with `Retry-After`. */
export function databaseUnavailable(
  cause: unknown,
  message = 'The database did not answer; nothing was changed.'
): Refusal {
  return new Refusal('StoreUnavailableError', { message, headers: { 'retry-after': '1' }, cause })
}

/** Whether the database did not answer. */
function isUnavailable(error: unknown): boolean {
  return error instanceof Refusal && error.name === 'StoreUnavailableError'
}

/**
 * Whether the connection was lost, or the server is ending: then other connections are as dead. Any other answer of the server, such as
 * that a lock was not to be had, says the opposite.
 */
export function isConnectionLost(error: unknown): boolean {
  if (!isUnavailable(error)) return error instanceof TimeoutError
  const { cause } = error as Refusal
  return !(cause instanceof pg.DatabaseError) || /^(?:08|57P0)/.test(String(cause.code))
}

/** The error of a statement as the store throws it: as it is if the statement is at fault or lost a race, else a refusal. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof TypeError || isUnavailable(error) || isConflict(error)) return error
  const isAtFault = error instanceof pg.DatabaseError && faultyStatement.test(String(error.code))
  return isAtFault ? error : databaseUnavailable(error)
}

/**
 * Whether the server has refused a statement or a commit, and rolled the transaction back with it: a statement at fault, a constraint, a
 * lost race, a lock. A proxy that has lost the server answers otherwise.
 */
export function isRolledBack(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(?:2[1-4]|40|42|55P03)/.test(String(error.code))
}

/** The error of a commit that was sent, as the store throws it. The change may have happened, unless `isRolledBack`. */
export function toCommitError(error: unknown): unknown {
  if (isRolledBack(error)) return toStoreError(error)
  return databaseUnavailable(
    error,
    'The database did not answer; it is not known whether the change was stored.'
  )
}
