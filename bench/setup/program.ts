import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Place, placed } from './processors.js'

/** A path in the build. */
export function built(path: string): string {
  return join(import.meta.dirname, '../..', path)
}

/** The program as users run it. */
export const postern = [built('bin/postern.cjs'), 'serve']

/** How a Node program is started: the file with its arguments, its settings, where it runs. */
export interface Start {
  args: readonly string[]
  environment?: NodeJS.ProcessEnv
  /** The working folder; a `.env` of the caller's must not be read. */
  folder: string
  place?: Place
  /** Whether to drop its warnings. */
  isQuiet?: boolean
}

/** A server in a process of its own. */
export class Program {
  readonly #child: ChildProcess
  readonly url: string
  /** When it was spawned, by the clock of `performance.now`. */
  readonly startedAt: number

  constructor(child: ChildProcess, url: string, startedAt: number) {
    this.#child = child
    this.url = url
    this.startedAt = startedAt
  }

  /** The processor time of all its threads, in seconds; undefined where the system does not tell. */
  cpuSeconds(): number | undefined {
    try {
      const threads = readdirSync(`/proc/${this.#child.pid}/task`)
      const nanoseconds = threads.map((thread) =>
        Number(readFileSync(`/proc/${this.#child.pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
      )
      return nanoseconds.reduce((sum, time) => sum + time, 0) / 1e9
    } catch {
      return undefined
    }
  }

  /** Resident memory in KiB; undefined where the system does not tell. */
  residentKib(): number | undefined {
    try {
      const [, size] =
        /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')) ?? []
      return size === undefined ? undefined : Number(size)
    } catch {
      return undefined
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }
}

/** Starts a server that prints its address. */
export async function startProgram(start: Start): Promise<Program> {
  const startedAt = performance.now()
  const child = spawnNode(start)
  const ended = once(child, 'exit').then(() => [])
  const [text] = await Promise.race([once(child.stdout, 'data'), ended])
  const [url] = /http:[^\s"]+/.exec(String(text)) ?? []
  if (url === undefined) throw new Error(`${start.args[0]} did not start`)
  // Its later output has to be read, or it would block.
  child.stdout.resume()
  return new Program(child, url, startedAt)
}

/** Runs a program to its end, which prints one JSON value. */
export async function runProgram<Result>(start: Start): Promise<Result> {
  const child = spawnNode(start)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${start.args[0]} ended with ${code}`)
  return JSON.parse(output) as Result
}

function spawnNode({ args, environment, folder, place = 'anywhere', isQuiet = false }: Start) {
  const [command = '', ...rest] = [...placed(place), process.execPath, ...args]
  const child = spawn(command, rest, {
    cwd: folder,
    env: { ...foreignEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', isQuiet ? 'ignore' : 'inherit']
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

// The caller's own settings of Postern must not affect the measurement.
function foreignEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('POSTERN_')))
}
