import { setTimeout as after } from 'node:timers/promises'
import type { Ask } from './ask.js'
import { pickFrom } from './chance.js'
import {
  addToken,
  type Credential,
  createModelUser,
  createPassword,
  isReusable,
  living,
  type ModelUser,
  ofKind
} from './credentials.js'
import { createRotations } from './rotations.js'
import { createWitness, type LoadResult, type Witness } from './witness.js'

/** The parts of a load; times are in milliseconds. */
export interface LoadOptions {
  readonly ask: Ask
  /** `POSTERN_DATABASE_MAX_STALE`; 0 where one process has everything. */
  readonly maxStale: number
  readonly isOver: () => boolean
  /** The clients that change something, each with users of its own: 4 unless given. */
  readonly owners?: number
  /** The clients that check all tokens: 4 unless given. */
  readonly checkers?: number
  /** By then a change has happened or never will: 3 seconds unless given, since a database gives up its transaction. */
  readonly settleTime?: number
}

const maxUsers = 6

// The users whose tokens are checked while it goes on; at the end all are.
const recent = 50

// In milliseconds.
const defaultSettleTime = 3000

/**
 * A load of sign-ups, logins, refreshes, rotations, revocations, password changes, deletions and checks. A model beside it knows
 * what was acknowledged. It takes nothing but 503 for an answer that the service cannot give. A lost reply and a 503 leave both
 * outcomes possible, until a probe tells which one it was; all that the change would have done must then be so.
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { isOver, owners = 4, checkers = 4, settleTime = defaultSettleTime } = options
  const witness = createWitness({ ...options, settleTime })
  const everybody: ModelUser[] = []
  const { signUp, act, renew } = createActions(witness, everybody, settleTime)

  async function own(prefix: string): Promise<void> {
    const users: ModelUser[] = []
    for (let number = 0; !isOver(); number += 1) {
      const user = users.length < maxUsers ? undefined : pickFrom(users)
      if (user === undefined) await signUp(users, `${prefix}-${number}`)
      else if (user.open !== undefined) await witness.settle(user)
      else if (user.isDeleted) users.splice(users.indexOf(user), 1)
      else await act(user)
    }
    while (users.some(({ open }) => open !== undefined)) {
      for (const user of users.filter(({ open }) => open !== undefined)) await witness.settle(user)
    }
  }

  /** Checks what has ended more often than what lives: there an answer can be too late. */
  async function check(): Promise<void> {
    while (!isOver()) {
      const last = witness.ended.slice(-10)
      const others = pickFrom(everybody.slice(-recent))?.tokens ?? []
      const credential = pickFrom(
        Math.random() < 0.6 ? (Math.random() < 0.5 ? last : witness.ended) : others.filter(isReusable)
      )
      if (credential === undefined) await after(5)
      else await witness.use(credential)
    }
  }

  runs += 1
  await Promise.all([
    ...Array.from({ length: owners }, (_, index) => own(`user-${runs}-${index}`)),
    ...Array.from({ length: checkers }, check)
  ])
  for (const user of everybody) {
    for (const credential of [user.password, ...user.tokens]) {
      if (isReusable(credential)) await witness.use(credential)
      else await renew(user, credential)
    }
  }
  return witness.result
}

// Two loads on one service have different users.
let runs = 0

/** All that a client does with a user of its own, one thing after the other. */
function createActions(witness: Witness, everybody: ModelUser[], settleTime: number) {
  const { call, change, isTaken, leaveOpen, use, violate } = witness
  const { rotate, renew } = createRotations(witness, settleTime)

  /** An access token by password, if there is one to have. */
  async function signIn(user: ModelUser): Promise<Credential | undefined> {
    const { password } = user
    const text = await use(password)
    if (text === undefined || password.end !== undefined || password.isUncertain) return undefined
    return addToken(user, 'access token', text)
  }

  async function signUp(users: ModelUser[], name: string): Promise<void> {
    const user = createModelUser(name)
    const { password } = user
    users.push(user)
    const answer = await call('sign-up', 'POST', '/user', { user: name, pass: password.text })
    if (answer?.status === 201) everybody.push(user)
    else if (answer !== undefined) {
      violate(`the sign-up of ${name} was answered ${answer.status}`)
      users.splice(users.indexOf(user), 1)
    } else {
      password.isUncertain = true
      leaveOpen(user, {
        probe: () => isTaken(password),
        conclude(end) {
          password.isUncertain = false
          if (end !== undefined) everybody.push(user)
          else users.splice(users.indexOf(user), 1)
        }
      })
    }
  }

  async function look(user: ModelUser): Promise<void> {
    const credential = pickFrom([...user.tokens, user.password].filter(isReusable))
    if (credential !== undefined) await use(credential)
  }

  async function guess({ name }: ModelUser): Promise<void> {
    const answer = await call('wrong password', 'GET', '/token', { user: name, pass: 'wrong' })
    if (answer !== undefined && answer.status !== 404)
      violate(`a wrong password was answered ${answer.status}`)
  }

  async function issue(user: ModelUser): Promise<void> {
    const presented = await signIn(user)
    if (presented === undefined) return
    const answer = await call('issue of refresh token', 'GET', '/refresh_token', {}, presented.text)
    if (answer?.status === 200) addToken(user, 'refresh token', answer.body, { members: [] })
    else if (answer !== undefined) violate(`the issue of a refresh token was answered ${answer.status}`)
  }

  async function refresh(user: ModelUser): Promise<void> {
    const token = pickFrom(living(ofKind(user, 'refresh token')))
    const text = token && (await use(token))
    if (text !== undefined && token?.end === undefined) addToken(user, 'access token', text, token?.session)
  }

  async function revoke(user: ModelUser): Promise<void> {
    const token = pickFrom([
      ...living(ofKind(user, 'refresh token')),
      ...living(ofKind(user, 'rotating token'))
    ])
    const presented = await signIn(user)
    if (token === undefined || presented === undefined) return
    await change(user, {
      name: 'deletion of refresh token',
      request: ['DELETE', '/refresh_token', { refresh_token: token.text }, presented.text],
      status: 204,
      ends: living(token.session?.members ?? [])
    })
  }

  /** Of a refresh token it ends the session. */
  async function revokeByOAuth(user: ModelUser): Promise<void> {
    const token = pickFrom(living(user.tokens))
    if (token === undefined) return
    await change(user, {
      name: `revocation of ${token.kind}`,
      request: ['POST', '/oauth/revoke', { token: token.text }],
      status: 200,
      ends: token.kind === 'access token' ? [token] : living(token.session?.members ?? [])
    })
  }

  async function changePassword(user: ModelUser): Promise<void> {
    const presented = await signIn(user)
    if (presented === undefined) return
    const password = createPassword(user)
    await change(user, {
      name: 'password change',
      request: ['PATCH', '/user', { pass: password.text }, presented.text],
      status: 200,
      ends: [user.password, ...living(user.tokens, presented)],
      probe: () => isTaken(password),
      done() {
        user.password = password
      }
    })
  }

  async function endAll(user: ModelUser): Promise<void> {
    const presented = await signIn(user)
    const witnessing = await signIn(user)
    if (presented === undefined || witnessing === undefined) return
    await change(user, {
      name: 'end of all sessions',
      request: ['DELETE', '/refresh_tokens', {}, presented.text],
      status: 204,
      ends: living(user.tokens, presented),
      probe: async () => not(await isTaken(witnessing))
    })
  }

  async function remove(user: ModelUser): Promise<void> {
    const presented = Math.random() < 0.3 ? await signIn(user) : undefined
    if (presented === undefined) return
    await change(user, {
      name: 'deletion',
      request: ['DELETE', '/user', {}, presented.text],
      status: 204,
      ends: [user.password, ...living(user.tokens)],
      probe: async () => not(await isTaken(user.password)),
      done() {
        user.isDeleted = true
      }
    })
  }

  const everyday = [look, look, guess, signIn, issue, refresh, rotate, rotate, rotate, rotate]
  const endings = [revoke, revokeByOAuth, revokeByOAuth, changePassword, endAll, remove]

  return {
    signUp,
    renew,
    async act(user: ModelUser): Promise<void> {
      await pickFrom([...everyday, ...endings])?.(user)
    }
  }
}

function not(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value
}
