import { type Ask, createQuestions, type FeedAddress, RefusedQuestion } from './feed-questions.js'
import { createRevokedTokens, type EndableToken, type RevokedTokens } from './revoked-tokens.js'

/** The options of a reader of Postern's revocation feed. */
export interface RevocationFeedOptions extends FeedAddress {
  /** The age in milliseconds from which the last answer counts as stale. */
  maxAge: number
  /** Called when Postern answers again after a failure. */
  returned(): void
}

/** The revocations that the feed has told. */
export interface FollowedRevocations {
  /** Resolves once all that was in force has been told, or could not be. */
  ready(): Promise<void>
  /** Whether the last answer is too old to rely on, or there was none. */
  isStale(): boolean
  /** Whether all that was in force has ever been told. */
  isThere(): boolean
  /** Whether a token of this key has ended. */
  includes(token: EndableToken, kid: string | undefined): boolean
  /** Why the last question has failed. */
  readonly failure: unknown
  close(): void
}

// In milliseconds: the patience with everything that is in force; the greatest age of that until it is asked for anew, since entries
// do not tell when they are over; and the longest pause after a failure.
const patience = 5000
const maxFullAge = 3_600_000
const maxPause = 2000

// In milliseconds, from one question to the next while each answer has entries: they come together then.
const leastInterval = 20

/** Follows the feed from now on. It keeps no process alive, except while it asks for the first time. */
export function followRevocations(options: RevocationFeedOptions): FollowedRevocations {
  const { returned } = options
  const ask = createQuestions(options)
  const reader = createReader(options, ask)
  let failures = 0
  let failure: unknown
  let isClosed = false
  let endPause = () => {}

  async function askNext(): Promise<void> {
    try {
      const rest = await reader.askNext()
      if (failures > 0) returned()
      failures = 0
      failure = undefined
      await pause(rest)
    } catch (error) {
      if (failures === 0) warnOfRefusal(error)
      failures += 1
      failure = error
    }
  }

  async function follow(first: Promise<void>): Promise<void> {
    await first
    while (!isClosed) {
      // Many readers lose their connection at once: they come back spread over the time.
      if (failures > 0) await pause(Math.min(maxPause, 50 * 2 ** failures) * (0.5 + Math.random() / 2))
      if (!isClosed) await askNext()
    }
  }

  async function pause(milliseconds: number): Promise<void> {
    if (milliseconds === 0 || isClosed) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds).unref()
      endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  const first = askNext()
  void follow(first)

  return {
    ready: () => first,
    isStale: reader.isStale,
    isThere: reader.isThere,
    includes: reader.includes,

    get failure() {
      return failure
    },

    close() {
      isClosed = true
      ask.close()
      endPause()
    }
  }
}

/**
 * The questions of a reader in turn, and what he knows by their answers.
 *
 * The age of an answer counts from its question: an answer that was held up on its way is as old as that. So a question waits less than
 * half of the age at which an answer is stale.
 */
function createReader({ maxAge }: RevocationFeedOptions, ask: Ask) {
  const wait = Math.min(60_000, Math.floor(maxAge * 0.4))
  // Not all readers that have begun together ask together.
  const fullAge = maxFullAge * (0.75 + Math.random() / 4)
  let revoked: RevokedTokens | undefined
  let cursor: string | undefined
  let fullAt = moment()
  let freshAt: Moment | undefined

  async function askForAll(): Promise<void> {
    const at = moment()
    const page = await ask('', Math.max(patience, maxAge), revoked === undefined)
    const all = createRevokedTokens()
    for (const entry of page.entries) all.add(entry)
    revoked = all
    cursor = page.cursor
    fullAt = at
    freshAt = at
  }

  async function askForMore(known: RevokedTokens, from: string): Promise<number> {
    const at = moment()
    const query = `?cursor=${encodeURIComponent(from)}&wait=${wait / 1000}`
    const page = await ask(query, maxAge, false).catch(acceptRefusedCursor)
    if (page === undefined) {
      cursor = undefined
      // The first time at once. One that refuses each cursor would have all asked for without end.
      return ageOf(fullAt) < wait ? wait / 2 : 0
    }
    for (const entry of page.entries) known.add(entry)
    cursor = page.cursor
    freshAt = at
    // A service that ends, or something in its place, answers at once: that must not become a flood.
    if (page.entries.length === 0) return ageOf(at) < wait / 2 ? wait / 2 : 0
    return Math.max(0, Math.min(leastInterval, wait / 2) - ageOf(at))
  }

  return {
    /** Resolves with the pause in milliseconds until the next question. */
    async askNext(): Promise<number> {
      if (revoked !== undefined && cursor !== undefined && ageOf(fullAt) < fullAge) {
        return await askForMore(revoked, cursor)
      }
      await askForAll()
      return 0
    },

    isStale: () => freshAt === undefined || ageOf(freshAt) > maxAge,
    isThere: () => revoked !== undefined,
    includes: (token: EndableToken, kid: string | undefined) => revoked?.includes(token, kid) === true
  }
}

interface Moment {
  monotonic: number
  wall: number
}

function moment(): Moment {
  return { monotonic: performance.now(), wall: Date.now() }
}

// The larger of the two: the monotonic clock may stand still while the machine sleeps, the other one may be set.
function ageOf({ monotonic, wall }: Moment): number {
  return Math.max(performance.now() - monotonic, Date.now() - wall)
}

// 410, but also the answer of a proxy on the way to a long URL: the same cursor would get it for ever. Some refuse the reader or his pace.
function acceptRefusedCursor(error: unknown): undefined {
  const status = error instanceof RefusedQuestion ? error.status : 0
  if (status < 400 || status >= 500 || [401, 403, 429].includes(status)) throw error
}

// With wrong credentials the verifier would ask about each token for ever, and nobody would know why it is slow.
function warnOfRefusal(error: unknown): void {
  if (!(error instanceof RefusedQuestion) || (error.status !== 401 && error.status !== 403)) return
  process.emitWarning(`${error.message} Its credentials are wrong, or lack the scope revocations.`, {
    code: 'POSTERN_FEED_REFUSED'
  })
}
