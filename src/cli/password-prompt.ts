import { createInterface, type Interface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { StartupError } from '../errors/startup-error.js'

/**
 * Asks twice for a password at the terminal of this process, without an echo.
 *
 * @param otherwise what is so if the two differ.
 * @throws `StartupError` (wrong setting) for two that differ: most likely a line was pasted by mistake. Ctrl-C ends the process,
 *   as a signal does.
 */
export async function askForPassword(name: string, otherwise: string): Promise<string> {
  const { stdin, stderr } = process
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 })
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const ask = async (question: string) => {
    stderr.write(question)
    const answer = await readLine(terminal)
    stderr.write('\n')
    return answer
  }
  try {
    const first = await ask(`Password of ${name}: `)
    if ((await ask('Once more: ')) === first) return first
    throw new StartupError('wrongSetting', `the two passwords differ: ${otherwise}`)
  } finally {
    terminal.close()
  }
}

async function readLine(terminal: Interface): Promise<string> {
  const ended = new AbortController()
  terminal.once('close', () => ended.abort())
  try {
    return await terminal.question('', { signal: ended.signal })
  } catch (cause) {
    throw new StartupError('wrongSetting', 'the terminal has no password for the user', { cause })
  }
}
