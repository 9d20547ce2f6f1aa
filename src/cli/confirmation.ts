import { createInterface } from 'node:readline/promises'
import { StartupError } from '../errors/startup-error.js'

/**
 * Asks at the terminal whether to go on. Without a terminal there is nobody to ask, and a script means what it says.
 *
 * @throws `StartupError` (unexpected) for any answer but yes.
 */
export async function confirm(question: string, isConfirmed = false): Promise<void> {
  const { stdin, stderr } = process
  if (isConfirmed || !stdin.isTTY) return
  const terminal = createInterface({ input: stdin, output: stderr })
  const ended = new AbortController()
  terminal.once('close', () => ended.abort())
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal: ended.signal }).catch(() => '')
    if (/^y(?:es)?$/i.test(answer.trim())) return
  } finally {
    terminal.close()
  }
  throw new StartupError('unexpected', 'nothing was changed')
}
