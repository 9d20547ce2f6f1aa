import { setTimeout as after } from 'node:timers/promises'
import { type Answer, type Ask, describeAnswer, LostReply } from './ask.js'
import {
  type Credential,
  type End,
  type ModelUser,
  type OpenChange,
  refusals,
  requestOf
} from './credentials.js'

/** The counts of a load, and every answer that contradicts what was acknowledged before. */
export interface LoadResult {
  /** The calls by what they were, with those that were answered 503. */
  readonly calls: Record<string, number>
  unavailable: number
  lost: number
  /** The changes whose outcome was unknown, and found out later. */
  settled: number
  /** The acceptances of something that had ended, within the bound. */
  late: number
  readonly violations: string[]
}

/** A change that ends credentials, if it is carried out. */
export interface Change {
  readonly name: string
  readonly request: Parameters<Ask>
  /** Of its success. */
  readonly status: number
  readonly ends: readonly Credential[]
  /** Whether it was carried out; undefined if nobody answers. Unless it is given, the change is made once more. */
  probe?(): Promise<boolean | undefined>
  done?(): void
}

/** Remembers what was acknowledged, and judges every answer by it. */
export interface Witness {
  readonly result: LoadResult
  /** The credentials that have ended lately, the latest last. */
  readonly ended: readonly Credential[]
  violate(text: string): void
  /** The answer, unless there is none that tells anything. */
  call(name: string, ...request: Parameters<Ask>): Promise<Answer | undefined>
  /** Uses a credential, and judges the answer. Returns the body if it was taken. */
  use(used: Credential): Promise<string | undefined>
  /** Whether a credential is taken now; undefined if nobody answers. */
  isTaken(used: Credential): Promise<boolean | undefined>
  /** Uses some of the access tokens among these, so that instances remember what is about to end. */
  remind(credentials: readonly Credential[]): Promise<void>
  /** Makes a change of a user. */
  change(user: ModelUser, plan: Change): Promise<void>
  /** Notes that these have ended, or that they live on. */
  conclude(credentials: readonly Credential[], end: End | undefined): void
  /** Leaves a change with an unknown outcome to the user, until it is settled. */
  leaveOpen(user: ModelUser, change: Pick<OpenChange, 'probe' | 'conclude'>): void
  /** Finds out the outcome of the user's open change, once it can be known. */
  settle(user: ModelUser): Promise<void>
}

/** The dependencies of a witness; times are in milliseconds. */
export interface WitnessOptions {
  readonly ask: Ask
  /** `POSTERN_DATABASE_MAX_STALE`; 0 where one process has everything. */
  readonly maxStale: number
  /** By then a change has happened or never will. */
  readonly settleTime: number
}

const maxEnded = 300
const maxViolations = 20

/** See `Witness`. */
export function createWitness({ ask, maxStale, settleTime }: WitnessOptions): Witness {
  const result: LoadResult = { calls: {}, unavailable: 0, lost: 0, settled: 0, late: 0, violations: [] }
  const ended: Credential[] = []

  function violate(text: string): void {
    if (result.violations.length < maxViolations) result.violations.push(text)
  }

  async function call(name: string, ...request: Parameters<Ask>): Promise<Answer | undefined> {
    result.calls[name] = (result.calls[name] ?? 0) + 1
    const answer = await ask(...request).catch((error: unknown) => {
      if (!(error instanceof LostReply)) violate(`${name}: ${(error as Error).message}`)
      return undefined
    })
    if (answer !== undefined && answer.status !== 503) return answer
    if (answer === undefined) result.lost += 1
    else {
      result.unavailable += 1
      const { retryAfter } = answer
      if (retryAfter === null || Number(retryAfter) > 2)
        violate(`${name}: 503 with Retry-After ${retryAfter}`)
    }
    await after(50)
    return undefined
  }

  /** Judges the acceptance or refusal of a credential by what was known when it was sent. */
  function judge(answer: Answer, used: Credential, before: Known): void {
    const { status, sent, instance } = answer
    const { kind, owner } = used
    if (status === 200) {
      if (before.end === undefined) return
      const bound = before.end.by === instance ? 0 : maxStale
      if (sent <= before.end.at + bound) {
        result.late += 1
        return
      }
      const age = Math.round(sent - before.end.at)
      const where = before.end.by === instance ? 'the instance that has ended it' : 'another instance'
      violate(`${kind} of ${owner.name} was taken by ${where} ${age} ms after its end`)
      return
    }
    const mayBeRefused = before.end !== undefined || before.isUncertain || used.end || used.isUncertain
    if (!refusals[kind].includes(status) || !mayBeRefused) {
      const state = mayBeRefused ? 'an ended' : 'a good'
      violate(`${state} ${kind} of ${owner.name} was answered ${describeAnswer(answer)}`)
    }
  }

  function conclude(credentials: readonly Credential[], end: End | undefined): void {
    for (const credential of credentials) {
      credential.isUncertain = false
      if (end === undefined || credential.end !== undefined) continue
      credential.end = end
      if (credential.kind === 'rotating token') credential.session?.family?.end()
      ended.push(credential)
    }
    if (ended.length > maxEnded) ended.splice(0, ended.length - maxEnded)
  }

  function leaveOpen(user: ModelUser, { probe, conclude }: Pick<OpenChange, 'probe' | 'conclude'>): void {
    user.open = { settlesAt: performance.now() + settleTime, probe, conclude }
  }

  async function use(used: Credential): Promise<string | undefined> {
    const { end, isUncertain } = used
    const answer = await call(`use of ${used.kind}`, ...requestOf(used))
    if (answer === undefined) return undefined
    judge(answer, used, { end, isUncertain })
    return answer.status === 200 ? answer.body : undefined
  }

  async function remind(credentials: readonly Credential[]): Promise<void> {
    const tokens = credentials.filter(({ kind }) => kind === 'access token').slice(-2)
    await Promise.all([...tokens, ...tokens].map(use))
  }

  return {
    result,
    ended,
    violate,
    call,
    conclude,
    leaveOpen,
    use,
    remind,

    async isTaken(used) {
      const answer = await call('probe', ...requestOf(used))
      return answer && answer.status === 200
    },

    async change(user, { name, request, status, ends, probe, done }) {
      const settled = (end: End | undefined) => {
        conclude(ends, end)
        if (end !== undefined) done?.()
      }
      const isMade = (answer: Answer) => {
        if (answer.status !== status)
          violate(`${name} of ${user.name} was answered ${describeAnswer(answer)}`)
        return answer.status === status
      }
      const repeat = async () => {
        const answer = await call('probe', ...request)
        return answer && isMade(answer)
      }
      await remind(ends)
      for (const credential of ends) credential.isUncertain = true
      const answer = await call(name, ...request)
      if (answer === undefined) leaveOpen(user, { probe: probe ?? repeat, conclude: settled })
      else settled(isMade(answer) ? { at: answer.received, by: answer.instance } : undefined)
    },

    async settle(user) {
      const { open } = user
      if (open === undefined || performance.now() < open.settlesAt) {
        await after(5)
        return
      }
      const wasCarriedOut = await open.probe()
      if (wasCarriedOut === undefined) return
      open.conclude(
        wasCarriedOut ? { at: performance.now(), by: 'an instance that nobody knows' } : undefined
      )
      delete user.open
      result.settled += 1
    }
  }
}

type Known = Pick<Credential, 'isUncertain'> & { readonly end: End | undefined }
