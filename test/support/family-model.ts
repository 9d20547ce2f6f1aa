import { decodePart } from './helper.js'

/** A span of time, in milliseconds. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The use of a token of a family. */
export interface FamilyUse {
  /** The text of the token. */
  readonly used: string
  /** When it was used: from the sending to the answer, or to when nothing can happen any more. */
  readonly during: Span
  /** Its answer; undefined for a lost one. */
  readonly answer?: { readonly status: number; readonly body: string } | undefined
}

/** A family of rotating refresh tokens, as the contract has it: all that may be so after the answers that there were. */
export interface FamilyModel {
  /** The tokens that were given, the newest last. */
  readonly texts: readonly string[]
  /** Undefined if it may have ended, and may live. */
  readonly isEnded: boolean | undefined
  /** Whether the use of this token from now on may end it. */
  mayEnd(used: string): boolean
  /** Notes a use. Returns false for an answer that contradicts those before it. */
  observe(use: FamilyUse): boolean
  /** Notes that something else has ended it. */
  end(): void
}

/** A state that is possible. Tokens stand by their `jti`. */
interface State {
  /** Undefined for one that a lost reply gave. */
  readonly present?: string | undefined
  readonly previous?: string | undefined
  readonly made: Span
  readonly isRepeated: boolean
  readonly isEnded: boolean
}

/** What a use may come to in a state. */
interface Outcome {
  /** The token that it gives: `new`, or the `jti` of a known one; undefined if it is refused. */
  readonly gives?: string
  readonly next: State
}

// In milliseconds: the service counts whole seconds.
const second = 1000

/** See `FamilyModel`. @param grace in milliseconds. */
export function createFamilyModel(first: string, issued: Span, grace: number): FamilyModel {
  const texts = [first]
  const ids = new Set([idOf(first)])
  let states: State[] = [{ present: idOf(first), made: issued, isRepeated: false, isEnded: false }]

  function isOutcomeOf(status: number, given: string | undefined, { gives }: Outcome): boolean {
    if (gives === undefined) return status === 400
    return status === 200 && (gives === 'new' ? given !== undefined && !ids.has(given) : given === gives)
  }

  return {
    texts,

    get isEnded() {
      const endings = new Set(states.map(({ isEnded }) => isEnded))
      return endings.size === 1 ? states[0]?.isEnded : undefined
    },

    mayEnd(used) {
      const during = { from: performance.now(), to: Number.POSITIVE_INFINITY }
      return states.some((state) =>
        outcomesOf(state, idOf(used), during, grace).some(({ next }) => next.isEnded)
      )
    },

    observe({ used, during, answer }) {
      const outcomes = states.flatMap((state) => outcomesOf(state, idOf(used), during, grace))
      if (answer === undefined) {
        states = distinct([...states, ...outcomes.map(({ next }) => next)])
        return true
      }
      const text = answer.status === 200 ? String(JSON.parse(answer.body).refresh_token) : undefined
      const given = text === undefined ? undefined : idOf(text)
      const possible = outcomes.filter((outcome) => isOutcomeOf(answer.status, given, outcome))
      if (possible.length === 0) return false
      states = distinct(
        possible.map(({ next }) => (given === undefined ? next : { ...next, present: given }))
      )
      if (text !== undefined && given !== undefined && !ids.has(given)) {
        ids.add(given)
        texts.push(text)
      }
      return true
    },

    end() {
      states = states.slice(0, 1).map((state) => ({ ...state, isEnded: true }))
    }
  }
}

function outcomesOf(state: State, id: string, during: Span, grace: number): Outcome[] {
  const { present, previous, made, isRepeated, isEnded } = state
  if (isEnded) return [{ next: state }]
  const reused = { next: { ...state, isEnded: true } }
  if (id === present) {
    return [{ gives: 'new', next: { previous: id, made: during, isRepeated: false, isEnded: false } }]
  }
  if (id !== previous) return [reused]
  const outcomes: Outcome[] = []
  // Whole seconds, and two clocks of one machine.
  if (during.from - made.to < grace + second) {
    outcomes.push(
      isRepeated ? { next: state } : { gives: present ?? 'new', next: { ...state, isRepeated: true } }
    )
  }
  if (during.to - made.from > grace - 2 * second) outcomes.push(reused)
  return outcomes
}

function distinct(states: readonly State[]): State[] {
  return [...new Map(states.map((state) => [JSON.stringify(state), state])).values()]
}

function idOf(token: string): string {
  return String(decodePart(token, 1).jti)
}
