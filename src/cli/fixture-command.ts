import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { isatty } from 'node:tty'
import type { AppOptions } from '../app-options.js'
import { addressVariable } from '../config/config.js'
import { StartupError } from '../errors/startup-error.js'
import { serverAddress } from '../http/server-address.js'
import { watchParent } from '../server/orphan.js'
import { createLoggedServer, startServer } from '../server/server.js'

/**
 * Runs a command while a fixture serves, whose address the command finds in `POSTERN_URL`. The command has standard input and
 * output, and gets the signals of this process. The fixture ends after it.
 *
 * @returns the exit code of the command; 128 and the number of the signal that has ended it, as a shell does.
 * @throws `StartupError` as `start`, and (wrong setting) for a command that cannot be run.
 */
export async function runWithFixture(
  options: AppOptions,
  [command = '', ...args]: readonly string[]
): Promise<number> {
  const app = await startServer(await createLoggedServer(options))
  try {
    const env = { ...process.env, [addressVariable]: serverAddress(app) }
    const child = spawn(command, args, { stdio: 'inherit', env })
    const stopForwarding = forwardSignals((signal) => child.kill(signal))
    const leaveParent = app.config.POSTERN_ORPHAN === 'end' ? watchParent(() => child.kill()) : () => {}
    try {
      const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
      return code ?? 128 + constants.signals[signal as NodeJS.Signals]
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw new StartupError('wrongSetting', `the command ${JSON.stringify(command)} cannot be run (${code})`)
    } finally {
      leaveParent()
      stopForwarding()
    }
  } finally {
    await app.close()
  }
}

function forwardSignals(forward: (signal: NodeJS.Signals) => void): () => void {
  // A terminal sends it to the command, too.
  const ignore = () => {}
  const handlers: [NodeJS.Signals, (signal: NodeJS.Signals) => void][] = [
    ['SIGTERM', forward],
    ['SIGHUP', forward],
    ['SIGINT', isatty(0) ? ignore : forward]
  ]
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler)
  }
}
