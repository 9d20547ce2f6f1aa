// A soak: clients that remember what was acknowledged judge every answer of a service that is stopped and killed all the
// time. Run by hand for longer than the test does: node build/test/support/soak.js --minutes 10
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { cheap } from './helper.js'
import { bundled, call } from './process.js'

/** A service that can be started again on its folder. */
export interface SoakedService {
  /** Starts it; gives its address. */
  start(): Promise<string>
  /** Ends it in order, or kills it; resolves once it has ended. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** What a soak has done, and every answer that was not as acknowledged. */
export interface SoakResult {
  calls: number
  stops: number
  kills: number
  violations: string[]
}

interface Token {
  text: string
  /** `password`: an access token by password; `refresh`: a refresh token. */
  kind: 'password' | 'refresh'
  isAlive: boolean
  /** Still good at `/check`, but no longer for what needs the password. */
  isKept?: boolean
}

interface User {
  name: string
  pass: string
  isDeleted: boolean
  tokens: Token[]
}

const clients = 8
const maxUsers = 12
const maxTokens = 12

/** The call was cut off by the end of the service: whether it was carried out is not known. */
class CutOff extends Error {}

/** The program on this folder. What it logs at level `fatal` is written to standard error. */
export function spawnedService(folder: string): SoakedService {
  let child: ChildProcess | undefined
  process.once('exit', () => child?.kill('SIGKILL'))
  const env = {
    PATH: process.env.PATH,
    ...cheap,
    POSTERN_STORE: 'file',
    POSTERN_PORT: '0',
    POSTERN_LOG_LEVEL: 'fatal'
  }

  return {
    async start() {
      const started = spawn(process.execPath, [bundled, 'serve'], {
        cwd: folder,
        env,
        stdio: ['ignore', 'pipe', 'inherit']
      })
      child = started
      const ended = once(started, 'exit').then(([code]) => {
        throw new Error(`the service did not start: ${code}`)
      })
      ended.catch(() => {})
      const [line] = await Promise.race([once(started.stdout, 'data'), ended])
      started.stdout.resume()
      return /https?:\S+/.exec(String(line))?.[0] ?? ''
    },

    async end(signal) {
      if (child === undefined) return
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    }
  }
}

/** Runs the soak. Violations are told as they stood, without a token. */
export async function soak(service: SoakedService, milliseconds: number): Promise<SoakResult> {
  const result: SoakResult = { calls: 0, stops: 0, kills: 0, violations: [] }
  const deadline = Date.now() + milliseconds
  let url: string | undefined
  let waiting: (() => void)[] = []

  async function address(): Promise<string> {
    while (url === undefined) await new Promise<void>((resolve) => waiting.push(resolve))
    return url
  }

  async function ask(method: string, path: string, values: Record<string, string>, token?: string) {
    const base = await address()
    try {
      const reply = await call(`${base}${path}`, method, values, token)
      result.calls += 1
      return reply
    } catch {
      while (url === base) await after(5)
      throw new CutOff()
    }
  }

  function expectStatus(what: string, status: number, ...expected: number[]): void {
    if (!expected.includes(status)) result.violations.push(`${what}: ${status}, not ${expected.join(' or ')}`)
  }

  async function live(prefix: string): Promise<void> {
    const users: User[] = []
    for (let number = 0; Date.now() < deadline; number += 1) {
      const user = users.length < maxUsers ? undefined : pick(users)
      if (user === undefined) await signUp(users, `${prefix}-${number}`)
      else await act(user)
      if (users.length >= maxUsers && Math.random() < 0.02) users.splice(0, 1)
    }
  }

  async function signUp(users: User[], name: string): Promise<void> {
    const user: User = { name, pass: 'first', isDeleted: false, tokens: [] }
    const isNew = await carriedOut(
      () => ask('POST', '/user', { user: name, pass: user.pass }),
      201,
      async () => (await ask('GET', '/token', { user: name, pass: user.pass })).status === 200
    )
    if (isNew) users.push(user)
  }

  /** Whether a change was made: its status says so, or, if it was cut off, the probe. */
  async function carriedOut(
    change: () => Promise<{ status: number }>,
    expected: number,
    probe: () => Promise<boolean>
  ): Promise<boolean> {
    try {
      const { status } = await change()
      expectStatus('a change', status, expected)
      return status === expected
    } catch (error) {
      if (!(error instanceof CutOff)) throw error
      return await untilAnswered(probe)
    }
  }

  async function untilAnswered<Result>(question: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await question()
      } catch (error) {
        if (!(error instanceof CutOff)) throw error
      }
    }
  }

  async function signIn(user: User, pass = user.pass): Promise<number> {
    const { status, body } = await ask('GET', '/token', { user: user.name, pass })
    if (status === 200) {
      user.tokens = [...user.tokens, { text: body, kind: 'password' as const, isAlive: true }].slice(
        -maxTokens
      )
    }
    return status
  }

  async function act(user: User): Promise<void> {
    try {
      await pick([look, look, look, signInAgain, issue, revoke, changePassword, endAll, remove])(user)
    } catch (error) {
      if (!(error instanceof CutOff)) throw error
    }
  }

  async function look(user: User): Promise<void> {
    const token = pick(user.tokens)
    if (token === undefined) return
    if (token.kind === 'password') {
      const { status } = await ask('GET', '/check', { access_token: token.text })
      expectStatus(`an access token (${describe(user, token)})`, status, token.isAlive ? 200 : 400)
    } else {
      const { status } = await ask('GET', '/token', { user: token.text })
      const refused = user.isDeleted ? [400, 403] : [400]
      expectStatus(`a refresh token (${describe(user, token)})`, status, ...(token.isAlive ? [200] : refused))
    }
  }

  async function signInAgain(user: User): Promise<void> {
    expectStatus('the right password', await signIn(user), user.isDeleted ? 403 : 200)
    const wrong = await ask('GET', '/token', { user: user.name, pass: 'wrong' })
    expectStatus('a wrong password', wrong.status, 404)
  }

  /** An access token that stands for the password, if the user can still have one. */
  async function current(user: User): Promise<string | undefined> {
    if (user.isDeleted || (await signIn(user)) !== 200) return undefined
    return user.tokens.at(-1)?.text
  }

  async function issue(user: User): Promise<void> {
    const presented = await current(user)
    if (presented === undefined) return
    const { status, body } = await ask('GET', '/refresh_token', {}, presented)
    expectStatus('the issue of a refresh token', status, 200)
    if (status === 200) user.tokens.push({ text: body, kind: 'refresh', isAlive: true })
  }

  async function revoke(user: User): Promise<void> {
    const token = user.tokens.find(({ kind, isAlive }) => kind === 'refresh' && isAlive)
    const presented = await current(user)
    if (token === undefined || presented === undefined) return
    const values = { refresh_token: token.text }
    const isRevoked = await carriedOut(
      () => ask('DELETE', '/refresh_token', values, presented),
      204,
      async () => (await ask('GET', '/token', { user: token.text })).status === 400
    )
    if (isRevoked) token.isAlive = false
  }

  async function changePassword(user: User): Promise<void> {
    const presented = await current(user)
    if (presented === undefined) return
    const pass = `password ${Math.random()}`
    const isChanged = await carriedOut(
      () => ask('PATCH', '/user', { pass }, presented),
      200,
      async () => (await ask('GET', '/token', { user: user.name, pass })).status === 200
    )
    if (isChanged) user.pass = pass
    if (isChanged) endTokens(user, presented)
  }

  async function endAll(user: User): Promise<void> {
    const witness = await current(user)
    const presented = await current(user)
    if (witness === undefined || presented === undefined) return
    const isEnded = await carriedOut(
      () => ask('DELETE', '/refresh_tokens', {}, presented),
      204,
      async () => (await ask('GET', '/check', { access_token: witness })).status === 400
    )
    if (isEnded) endTokens(user, presented)
  }

  async function remove(user: User): Promise<void> {
    const presented = Math.random() < 0.3 ? await current(user) : undefined
    if (presented === undefined) return
    user.isDeleted = await carriedOut(
      () => ask('DELETE', '/user', {}, presented),
      204,
      async () => (await ask('GET', '/token', { user: user.name, pass: user.pass })).status === 403
    )
    if (user.isDeleted) endTokens(user)
  }

  function endTokens(user: User, kept?: string): void {
    for (const token of user.tokens) token.isAlive = token.isAlive && token.text === kept
  }

  async function restartAllTheTime(): Promise<void> {
    while (Date.now() < deadline) {
      url = await service.start()
      for (const wake of waiting) wake()
      waiting = []
      await after(500 + Math.random() * 4000)
      const signal = Math.random() < 0.7 ? 'SIGKILL' : 'SIGTERM'
      result[signal === 'SIGKILL' ? 'kills' : 'stops'] += 1
      const ended = service.end(signal)
      url = undefined
      await ended
    }
    // Those who wait for an answer come to their end.
    url = await service.start()
    for (const wake of waiting) wake()
  }

  const lives = Array.from({ length: clients }, (_, client) => live(`user-${client}`))
  await Promise.all([restartAllTheTime(), ...lives])
  await service.end('SIGTERM')
  return result
}

function pick<Value>(values: readonly Value[]): Value {
  return values[Math.floor(Math.random() * values.length)] as Value
}

function describe({ name, isDeleted }: User, { isAlive }: Token): string {
  return `${name}${isDeleted ? ', deleted' : ''}, ${isAlive ? 'alive' : 'dead'}`
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
  const folder = mkdtempSync(join(tmpdir(), 'postern-soak-'))
  const result = await soak(spawnedService(folder), Number(values.minutes) * 60_000)
  rmSync(folder, { recursive: true })
  console.log(JSON.stringify(result))
  process.exitCode = result.violations.length === 0 ? 0 : 1
}
