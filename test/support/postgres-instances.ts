import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { freePort } from './free-port.js'
import { temporaryFolder } from './helper.js'
import { type Program, readiness, serve } from './process.js'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js'

/** The storage key of all instances of a test. */
export const storageKey = randomBytes(32).toString('base64')

/** The settings of the built program on a database, without limits that a load would meet. */
export function databaseSettings(url: string): Environment {
  return {
    POSTERN_STORE: 'postgres',
    POSTERN_DATABASE_URL: url,
    POSTERN_STORAGE_KEY: storageKey,
    POSTERN_SIGN_UP_MAX: '0',
    POSTERN_MAX_SESSIONS: '10000',
    POSTERN_LOG_LEVEL: 'warn'
  }
}

/** The built program on a port that stays the same, also when it is started again. */
export class Instance {
  readonly url: string
  readonly #start: () => Program
  #program: Program | undefined
  #isListening = false

  constructor(url: string, start: () => Program) {
    this.url = url
    this.#start = start
  }

  /** Starts it, and waits until it listens. */
  async start(): Promise<void> {
    this.#program = this.#start()
    await this.#program.url()
    this.#isListening = true
  }

  /** Ends it at once. @throws if it has ended by itself. */
  async kill(): Promise<void> {
    if (!this.isRunning) throw new Error(`the program has ended by itself: ${this.program.stderr}`)
    this.#isListening = false
    this.#signal('SIGKILL')
    await this.program.exit
  }

  /** Stops its time. */
  freeze(): void {
    this.#signal('SIGSTOP')
  }

  /** Lets it go on. */
  thaw(): void {
    this.#signal('SIGCONT')
  }

  /** The process that runs now. */
  get program(): Program {
    if (this.#program === undefined) throw new Error('the instance was not started')
    return this.#program
  }

  /** Whether it can be called: it was started, and not killed since. */
  get isListening(): boolean {
    return this.#isListening
  }

  /** Whether its process runs. */
  get isRunning(): boolean {
    const { exitCode, signalCode } = this.program.child
    return exitCode === null && signalCode === null
  }

  #signal(signal: NodeJS.Signals): void {
    process.kill(-(this.program.child.pid as number), signal)
  }
}

/** Starts an instance on a database, ready to answer. It ends with the test. */
export async function startInstance(t: Test, url: string, settings: Environment = {}): Promise<Instance> {
  const folder = temporaryFolder(t)
  const port = await freePort()
  const environment = { ...databaseSettings(url), POSTERN_PORT: String(port), ...settings }
  const instance = new Instance(`http://127.0.0.1:${port}`, () => serve(t, folder, environment))
  await instance.start()
  await readiness(instance.url)
  return instance
}

/** An instance with a way to the database of its own. */
export interface ProxiedInstance {
  readonly instance: Instance
  readonly proxy: TcpProxy
}

/** The same, but it reaches the database by a proxy. */
export async function startProxiedInstance(
  t: Test,
  url: string,
  settings: Environment = {}
): Promise<ProxiedInstance> {
  const way = new URL(url)
  const proxy = await startTcpProxy(t, Number(way.port))
  way.port = String(proxy.port)
  return { proxy, instance: await startInstance(t, String(way), settings) }
}
