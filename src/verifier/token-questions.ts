import { PosternUnreachableError } from './verifier-errors.js'

// In milliseconds, for a whole question, including its wait for a turn.
const patience = 5000

// Each question takes a connection of its own for as long as it lasts.
const maxConcurrent = 64

/** Postern's answer about a token. */
export interface TokenAnswer {
  status: number
  /** The body, shared by all callers of the same question. */
  text: string
}

interface Question {
  answer: Promise<TokenAnswer>
  isSent: boolean
}

/**
 * Asks this address about tokens: about each token one question at a time, and about all of them at most 64.
 *
 * Calls share a question that is not sent yet, and never one that is: its answer may be older than a revocation that the
 * caller knows of.
 *
 * @throws `PosternUnreachableError` after 5 seconds without an answer, or sooner.
 */
export function createTokenQuestions(url: URL): (token: string) => Promise<TokenAnswer> {
  const newest = new Map<string, Question>()
  const turns = createTurns(maxConcurrent)

  async function answer(token: string, question: Omit<Question, 'answer'>, previous: Question | undefined) {
    const signal = AbortSignal.timeout(patience)
    try {
      await previous?.answer.catch(() => undefined)
      await turns.take(signal)
      try {
        question.isSent = true
        return await ask(url, token, signal)
      } finally {
        turns.giveBack()
      }
    } catch (cause) {
      throw new PosternUnreachableError(url, 'Postern does not answer.', { cause })
    }
  }

  return (token) => {
    const previous = newest.get(token)
    if (previous !== undefined && !previous.isSent) return previous.answer
    const state = { isSent: false }
    const question: Question = Object.assign(state, { answer: answer(token, state, previous) })
    const forget = () => {
      if (newest.get(token) === question) newest.delete(token)
    }
    newest.set(token, question)
    question.answer.then(forget, forget)
    return question.answer
  }
}

async function ask(url: URL, token: string, signal: AbortSignal): Promise<TokenAnswer> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(url, { headers, redirect: 'error', signal })
  return { status: response.status, text: await response.text() }
}

interface Turns {
  /** Waits for a turn, in the order of the calls. @throws the reason of the signal once that is aborted. */
  take(signal: AbortSignal): Promise<void>
  /** Ends a turn. */
  giveBack(): void
}

function createTurns(count: number): Turns {
  // By insertion, so that one in the middle that gives up costs no more than the first.
  const waiting = new Set<() => void>()
  let free = count

  return {
    async take(signal) {
      signal.throwIfAborted()
      if (free > 0) {
        free -= 1
        return
      }
      await new Promise<void>((resolve, reject) => {
        const giveUp = () => {
          waiting.delete(begin)
          reject(signal.reason)
        }
        const begin = () => {
          signal.removeEventListener('abort', giveUp)
          resolve()
        }
        signal.addEventListener('abort', giveUp)
        waiting.add(begin)
      })
    },

    giveBack() {
      const [next] = waiting
      if (next === undefined) {
        free += 1
        return
      }
      waiting.delete(next)
      next()
    }
  }
}
