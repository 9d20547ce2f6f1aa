import { setTimeout as after } from 'node:timers/promises'

/** The answer of an instance to a call. */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly retryAfter: string | null
  /** The address of the instance. */
  readonly instance: string
  /** When the call was sent and answered, in milliseconds of `performance.now()`. */
  readonly sent: number
  readonly received: number
}

/** The connection ended before the answer: whether the call was carried out is not known. */
export class LostReply extends Error {}

/** Sends a form. @throws `LostReply`. */
export type Ask = (
  method: string,
  path: string,
  values: Record<string, string>,
  token?: string
) => Promise<Answer>

// In milliseconds: longer than any instance is frozen.
const patience = 25_000
const badGateway = 502

/** Sends each call to the address that is picked for it, of an instance or of a proxy before several. */
export function createAsk(pickAddress: () => string): Ask {
  return async (method, path, values, token) => {
    const address = pickAddress()
    const form = new URLSearchParams(values)
    const sent = performance.now()
    try {
      const response = await fetch(`${address}${path}${method === 'GET' ? `?${form}` : ''}`, {
        method,
        ...(method !== 'GET' && { body: form }),
        ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
        signal: AbortSignal.timeout(patience)
      })
      const body = await response.text()
      if (response.status === badGateway) throw new LostReply()
      const instance = response.headers.get('x-instance') ?? address
      const retryAfter = response.headers.get('retry-after')
      return { status: response.status, body, retryAfter, instance, sent, received: performance.now() }
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') throw new Error(`no answer within ${patience} ms`)
      throw new LostReply()
    }
  }
}

/** The acknowledged end of something that was good. */
interface End {
  readonly at: number
  /** The instance that has acknowledged it. */
  readonly by: string
}

/** Something that is good until its end. */
interface Credential {
  readonly text: string
  readonly kind: 'access token' | 'refresh token' | 'password'
  readonly owner: User
  end?: End
  /** Whether a change that would end it is under way, or has an unknown outcome. */
  isUncertain: boolean
}

/** A change whose outcome is unknown. */
interface OpenChange {
  readonly settlesAt: number
  /** Whether it was carried out; undefined if nobody answers. */
  probe(): Promise<boolean | undefined>
  /** Notes the outcome. @param end is given if it was carried out. */
  conclude(end: End | undefined): void
}

interface User {
  readonly name: string
  password: Credential
  tokens: Credential[]
  isDeleted: boolean
  open?: OpenChange
}

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

/** The parts of a load. */
export interface LoadOptions {
  readonly ask: Ask
  /** `POSTERN_DATABASE_MAX_STALE`, in milliseconds. */
  readonly maxStale: number
  readonly isOver: () => boolean
  /** The clients that change something, each with users of its own: 4 unless given. */
  readonly owners?: number
  /** The clients that check all tokens: 4 unless given. */
  readonly checkers?: number
}

const maxUsers = 6
const maxTokens = 10
const maxEnded = 300

// In milliseconds: by then a change has happened or never will, since the database gives up its transaction.
const settleTime = 3000
const maxViolations = 20

/**
 * A load of sign-ups, logins, refreshes, revocations, password changes, deletions and checks. A model beside it knows what was
 * acknowledged. It takes nothing but 503 for an answer that the service cannot give. A lost reply and a 503 leave both outcomes
 * possible, until a probe tells which one it was; all that the change would have done must then be so.
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { ask, maxStale, isOver, owners = 4, checkers = 4 } = options
  const result: LoadResult = { calls: {}, unavailable: 0, lost: 0, settled: 0, late: 0, violations: [] }
  const everybody: User[] = []
  const ended: Credential[] = []

  function violate(text: string): void {
    if (result.violations.length < maxViolations) result.violations.push(text)
  }

  /** The answer, unless there is none that tells anything. */
  async function call(name: string, ...request: Parameters<Ask>): Promise<Answer | undefined> {
    result.calls[name] = (result.calls[name] ?? 0) + 1
    const answer = await ask(...request).catch((error: unknown) => {
      if (!(error instanceof LostReply)) violate(`${name}: ${(error as Error).message}`)
      return undefined
    })
    if (answer === undefined) {
      result.lost += 1
      await after(50)
      return undefined
    }
    if (answer.status === 503) {
      result.unavailable += 1
      if (answer.retryAfter === null || Number(answer.retryAfter) > 2) {
        violate(`${name}: 503 with Retry-After ${answer.retryAfter}`)
      }
      await after(50)
      return undefined
    }
    return answer
  }

  /** Judges the acceptance or refusal of a credential by what was known when it was sent. */
  function judge({ status, body, sent, instance }: Answer, used: Credential, before: Known): void {
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
    const isRefusal = [400, 401, 403, 404].includes(status)
    const mayBeRefused = before.end !== undefined || before.isUncertain || used.end || used.isUncertain
    if (!isRefusal || !mayBeRefused)
      violate(`a good ${kind} of ${owner.name} was answered ${status}: ${body}`)
  }

  /** Uses a credential, and judges the answer. Returns the body if it was taken. */
  async function use(used: Credential): Promise<string | undefined> {
    const before = known(used)
    const answer = await call(`use of ${used.kind}`, ...requestOf(used))
    if (answer === undefined) return undefined
    judge(answer, used, before)
    return answer.status === 200 ? answer.body : undefined
  }

  /** An access token by password, if there is one to have. */
  async function signIn(user: User): Promise<Credential | undefined> {
    const text = await use(user.password)
    if (text === undefined || user.password.end !== undefined || user.password.isUncertain) return undefined
    return addToken(user, 'access token', text)
  }

  function addToken(user: User, kind: Credential['kind'], text: string): Credential {
    const token: Credential = { text, kind, owner: user, isUncertain: false }
    user.tokens = [...user.tokens, token].slice(-maxTokens)
    return token
  }

  async function signUp(users: User[], name: string): Promise<void> {
    const user = createUser(name)
    const { password } = user
    const add = () => {
      users.push(user)
      everybody.push(user)
    }
    const answer = await call('sign-up', 'POST', '/user', { user: name, pass: password.text })
    if (answer?.status === 201) add()
    else if (answer !== undefined) violate(`the sign-up of ${name} was answered ${answer.status}`)
    else {
      users.push(user)
      password.isUncertain = true
      user.open = {
        settlesAt: performance.now() + settleTime,
        probe: () => isTaken(user.password),
        conclude(end) {
          password.isUncertain = false
          if (end !== undefined) everybody.push(user)
          else users.splice(users.indexOf(user), 1)
        }
      }
    }
  }

  /** Whether a credential is taken now; undefined if nobody answers. */
  async function isTaken(used: Credential): Promise<boolean | undefined> {
    const answer = await call('probe', ...requestOf(used))
    return answer && answer.status === 200
  }

  /** Makes a change that ends these credentials, if it is carried out. */
  async function change(user: User, plan: Change): Promise<void> {
    for (const credential of plan.ends) credential.isUncertain = true
    const answer = await call(plan.name, ...plan.request)
    const conclude = (end: End | undefined) => {
      for (const credential of plan.ends) {
        credential.isUncertain = false
        if (end === undefined) continue
        credential.end ??= end
        ended.push(credential)
      }
      if (end !== undefined) plan.done?.(end)
      if (ended.length > maxEnded) ended.splice(0, ended.length - maxEnded)
    }
    if (answer?.status === plan.status) conclude({ at: answer.received, by: answer.instance })
    else if (answer === undefined) {
      user.open = { settlesAt: performance.now() + settleTime, probe: plan.probe, conclude }
    } else {
      violate(`${plan.name} of ${user.name} was answered ${answer.status}: ${answer.body}`)
      conclude(undefined)
    }
  }

  async function settle(user: User, { probe, conclude }: OpenChange): Promise<void> {
    const wasCarriedOut = await probe()
    if (wasCarriedOut === undefined) return
    conclude(wasCarriedOut ? { at: performance.now(), by: 'an instance that nobody knows' } : undefined)
    delete user.open
    result.settled += 1
  }

  async function issue(user: User): Promise<void> {
    const presented = await signIn(user)
    if (presented === undefined) return
    const answer = await call('issue of refresh token', 'GET', '/refresh_token', {}, presented.text)
    if (answer?.status === 200) addToken(user, 'refresh token', answer.body)
    else if (answer !== undefined) violate(`the issue of a refresh token was answered ${answer.status}`)
  }

  async function revoke(user: User): Promise<void> {
    const token = user.tokens.find(({ kind, end }) => kind === 'refresh token' && end === undefined)
    const presented = await signIn(user)
    if (token === undefined || presented === undefined) return
    await change(user, {
      name: 'revocation',
      request: ['DELETE', '/refresh_token', { refresh_token: token.text }, presented.text],
      status: 204,
      ends: [token],
      probe: async () => not(await isTaken(token))
    })
  }

  async function changePassword(user: User): Promise<void> {
    const presented = await signIn(user)
    if (presented === undefined) return
    const former = user.password
    const password = createPassword(user)
    await change(user, {
      name: 'password change',
      request: ['PATCH', '/user', { pass: password.text }, presented.text],
      status: 200,
      ends: [former, ...living(user, presented)],
      probe: () => isTaken(password),
      done() {
        user.password = password
      }
    })
  }

  async function endAll(user: User): Promise<void> {
    const presented = await signIn(user)
    const witness = await signIn(user)
    if (presented === undefined || witness === undefined) return
    await change(user, {
      name: 'end of all sessions',
      request: ['DELETE', '/refresh_tokens', {}, presented.text],
      status: 204,
      ends: living(user, presented),
      probe: async () => not(await isTaken(witness))
    })
  }

  async function remove(user: User): Promise<void> {
    const presented = Math.random() < 0.3 ? await signIn(user) : undefined
    if (presented === undefined) return
    await change(user, {
      name: 'deletion',
      request: ['DELETE', '/user', {}, presented.text],
      status: 204,
      ends: [user.password, ...living(user)],
      probe: async () => not(await isTaken(user.password)),
      done() {
        user.isDeleted = true
      }
    })
  }

  async function look(user: User): Promise<void> {
    const [credential] = pickFrom([...user.tokens, user.password])
    if (credential !== undefined) await use(credential)
  }

  async function own(prefix: string): Promise<void> {
    const users: User[] = []
    for (let number = 0; !isOver(); number += 1) {
      const [user] = users.length < maxUsers ? [] : pickFrom(users)
      if (user === undefined) await signUp(users, `${prefix}-${number}`)
      else if (user.open !== undefined) {
        if (performance.now() >= user.open.settlesAt) await settle(user, user.open)
        else await after(5)
      } else if (user.isDeleted) users.splice(users.indexOf(user), 1)
      else
        await pickFrom([look, look, signIn, issue, issue, revoke, changePassword, endAll, remove])[0]?.(user)
    }
    while (users.some(({ open }) => open !== undefined)) {
      for (const user of users.filter(({ open }) => open !== undefined)) {
        const { open } = user
        if (open !== undefined && performance.now() >= open.settlesAt) await settle(user, open)
      }
      await after(20)
    }
  }

  /** Checks what has ended more often than what lives: there an answer can be too late. */
  async function check(): Promise<void> {
    while (!isOver()) {
      const last = ended.slice(-10)
      const [of] = pickFrom(everybody)
      const candidates = Math.random() < 0.6 ? (Math.random() < 0.5 ? last : ended) : (of?.tokens ?? [])
      const [credential] = pickFrom(candidates)
      if (credential === undefined) await after(5)
      else await use(credential)
    }
  }

  await Promise.all([
    ...Array.from({ length: owners }, (_, index) => own(`user-${runs}-${index}`)),
    ...Array.from({ length: checkers }, check)
  ])
  for (const user of everybody) {
    for (const credential of [user.password, ...user.tokens]) await use(credential)
  }
  runs += 1
  return result
}

// Two loads on one service have different users.
let runs = 0

type Known = Pick<Credential, 'isUncertain'> & { readonly end: End | undefined }

interface Change {
  readonly name: string
  readonly request: Parameters<Ask>
  /** Of its success. */
  readonly status: number
  readonly ends: readonly Credential[]
  probe(): Promise<boolean | undefined>
  done?(end: End): void
}

function known({ end, isUncertain }: Credential): Known {
  return { end, isUncertain }
}

function requestOf({ kind, text, owner }: Credential): Parameters<Ask> {
  if (kind === 'access token') return ['GET', '/check', { access_token: text }]
  if (kind === 'refresh token') return ['GET', '/token', { user: text }]
  return ['GET', '/token', { user: owner.name, pass: text }]
}

function living({ tokens }: User, kept?: Credential): Credential[] {
  return tokens.filter((token) => token.end === undefined && token !== kept)
}

function createUser(name: string): User {
  const user = { name, tokens: [], isDeleted: false } as Omit<User, 'password'> as User
  user.password = createPassword(user)
  return user
}

function createPassword(owner: User): Credential {
  return { text: `password ${Math.random()}`, kind: 'password', owner, isUncertain: false }
}

function not(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value
}

function pickFrom<Value>(values: readonly Value[]): [Value] | [] {
  const value = values[Math.floor(Math.random() * values.length)]
  return value === undefined ? [] : [value]
}
