import { type Clock, toSeconds } from '../clock.js'
import type { NameChange, Store } from '../store/store.js'

/** The dependencies of decisions on names. */
export interface NameDecisionDependencies {
  store: Store
  clock: Clock
  isRegistrationOpen: boolean
}

/** Finds out whether a new account, or one with a new name, may take the name that another one had. */
export type NameDecision = (name: string) => Promise<NameChange>

/**
 * A reservation stands in nobody's way once the last token with the name has expired and nobody can sign up by himself. While
 * registration is open it stands until the operator frees the name.
 */
export function createNameDecision({
  store,
  clock,
  isRegistrationOpen
}: NameDecisionDependencies): NameDecision {
  return async (name) => {
    const reserved = await store.findReservedName(name)
    const isOver = reserved !== undefined && !isRegistrationOpen && reserved.until <= toSeconds(clock())
    return isOver ? { takes: reserved } : {}
  }
}
