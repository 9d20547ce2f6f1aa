import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as after } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { cheap } from './helper.js'

/** What users run: the bundle. */
export const bundled = join(import.meta.dirname, '../../bin/postern.cjs')

/** What those run who build without it. */
export const unbundled = join(import.meta.dirname, '../../src/cli/cli.cjs')

interface ProgramOptions {
  under?: string[]
  file?: string
  node?: string
  command?: string[]
}

/** The program as a process of its own, killed after the test. */
export class Program {
  readonly child: ChildProcessWithoutNullStreams
  stdout = ''
  stderr = ''
  readonly exit: Promise<number | null>

  /** `under` is a command that runs the program, such as a tracer, with its arguments; `file` is the program; `node` runs it; `command` is another one in its place. */
  constructor(
    t: Test,
    args: string[],
    environment: Environment,
    cwd: string,
    { under = [], file = bundled, node = process.execPath, command = [node, file] }: ProgramOptions = {}
  ) {
    const { PATH } = process.env
    // tap puts hooks of its own into every Node process, which a user's has not; `env` takes them out again.
    const whole = ['-u', 'NODE_OPTIONS', ...under, ...command, ...args]
    this.child = spawn('env', whole, { cwd, env: { PATH, ...environment }, detached: true })
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.exit = once(this.child, 'close').then(([code]) => code)
    t.teardown(() => this.#kill())
  }

  // Waited for, since the folder is removed next: another may get its inode, by which the program knows that it is taken.
  async #kill(): Promise<void> {
    try {
      // Who runs under a tracer outlives it, if only the tracer is killed.
      process.kill(-(this.child.pid as number), 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
    await this.exit
  }

  /** Resolves once the log holds this text, or what matches it. */
  async logged(text: string | RegExp): Promise<void> {
    while (this.stderr.search(text) === -1) await once(this.child.stderr, 'data')
  }

  /** The address that it prints once it listens. */
  async url(): Promise<string> {
    while (!this.stdout.includes('\n')) {
      const ended = await Promise.race([
        once(this.child.stdout, 'data').then(() => false),
        this.exit.then(() => true)
      ])
      if (ended) throw new Error(`the program ended: ${this.stderr}`)
    }
    return /https?:[^\s"]+/.exec(this.stdout)?.[0] ?? ''
  }
}

/** Runs a command to its end, without the hooks that tap puts into every Node process. */
export function run(command: string[], cwd: string, environment: Environment = {}) {
  const env = { PATH: process.env.PATH, ...environment }
  return spawnSync('env', ['-u', 'NODE_OPTIONS', ...command], { cwd, encoding: 'utf8', env })
}

/** Starts `postern serve` on a free port with cheap hashing, on the file store in this folder. */
export function serve(
  t: Test,
  folder: string,
  environment: Environment = {},
  options: ProgramOptions = {}
): Program {
  const settings = { ...cheap, POSTERN_STORE: 'file', POSTERN_PORT: '0', ...environment }
  return new Program(t, ['serve'], settings, folder, options)
}

/** Sends a form over the network; gives the status and the body. */
export async function call(url: string, method: string, values: Record<string, string>, token?: string) {
  const query = method === 'GET' ? `?${new URLSearchParams(values)}` : ''
  const response = await fetch(url + query, {
    method,
    ...(method !== 'GET' && { body: new URLSearchParams(values) }),
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } })
  })
  return { status: response.status, body: await response.text() }
}

/** As `call`, but each time on a new connection, or on those that the agent keeps. */
export async function callOn(
  agent: Agent | false,
  url: string,
  method: string,
  values: Record<string, string> = {}
) {
  const form = new URLSearchParams(values).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length }
  const sent = request(url, { agent, method, headers }).end(form)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: response.statusCode as number, body: await text(response) }
}

/** How much memory a process has, or has had at most, in KiB; from Linux's /proc. */
export function residentKib({ child }: Program, kind: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(new RegExp(`^${kind}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
}

/** Resolves once this is true of something that tells nobody when it changes. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await after(5)
}

/** Resolves once the address takes no new connection. */
export async function refusal(url: string): Promise<void> {
  const { hostname, port } = new URL(url)
  for (;;) {
    const socket = connect(Number(port), hostname)
    const isRefused = await once(socket, 'connect').then(
      () => false,
      (error) => error.code === 'ECONNREFUSED'
    )
    socket.destroy()
    if (isRefused) return
  }
}

/** Resolves once the service says that it is ready, which takes it up to a second after what ailed it has ended. */
export async function readiness(url: string): Promise<void> {
  while ((await call(`${url}/health/ready`, 'GET', {})).status !== 200) await after(50)
}

/** Sends bytes as they are, each character one; gives all that has come once the server has closed the connection. */
export async function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(bytes, 'latin1')
  return await text(socket)
}

/**
 * Posts JSON on a connection of its own, but holds the body back: the server has read the head, as its 100 tells, and
 * waits. `finish` sends the body with another request straight after it, and gives all answers once the server has
 * closed the connection.
 */
export async function startRequest(url: string, path: string, body: string) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname).setEncoding('utf8')
  const ended = once(socket, 'close')
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nExpect: 100-continue\r\n\r\n`
  )
  const [go] = await once(socket, 'data')
  if (go !== 'HTTP/1.1 100 Continue\r\n\r\n') throw new Error(`no go-ahead: ${go}`)
  return {
    async finish(next: string): Promise<string> {
      let answers = ''
      socket.on('data', (text: string) => {
        answers += text
      })
      socket.write(body + next)
      await ended
      return answers
    }
  }
}
