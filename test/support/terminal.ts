import { spawnSync } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import type { Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import { Program } from './process.js'

// Runs a command on a terminal of its own: copies between that and its own input and output, hangs the terminal up when its
// input ends, and ends with the command's exit code.
const script = `
import os, pty, select, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
inputs = [terminal, 0]
while terminal in inputs:
    for source in select.select(inputs, [], [])[0]:
        try:
            data = os.read(source, 65536)
        except OSError:
            data = b''
        if data:
            os.write(1 if source == terminal else terminal, data)
        else:
            inputs.remove(source)
            if source == 0 and terminal in inputs:
                inputs.remove(terminal)
                os.close(terminal)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
`

/** Why there are no tests on a terminal, if that is so. */
export const noTerminal =
  spawnSync('python3', ['-c', 'import os, pty; os.waitstatus_to_exitcode']).status === 0
    ? false
    : 'needs python3'

/**
 * The program on a terminal: its `stdout` is all that the terminal has shown, its `child.stdin` the keyboard, whose end hangs
 * the terminal up.
 *
 * @param log the path of a file that takes standard error, which is otherwise the terminal.
 */
export function onTerminal(
  t: Test,
  args: string[],
  environment: Environment,
  folder: string,
  log?: string
): Program {
  const redirected = log === undefined ? [] : ['sh', '-c', `exec "$@" 2> "$0"`, log]
  const under = ['python3', '-c', script, ...redirected]
  return new Program(t, args, { TERM: 'xterm', ...environment }, folder, { under })
}

/** Another command on a terminal, likewise. */
export function commandOnTerminal(
  t: Test,
  command: string[],
  environment: Environment,
  folder: string
): Program {
  return new Program(t, [], { TERM: 'xterm', ...environment }, folder, {
    under: ['python3', '-c', script],
    command
  })
}

/** Resolves once the terminal shows this. */
export async function shown(program: Program, text: string | RegExp): Promise<void> {
  while (screen(program).search(text) === -1) {
    const data = new Promise((resolve) => program.child.stdout.once('data', resolve))
    const ended = await Promise.race([data.then(() => false), program.exit.then(() => true)])
    if (ended) throw new Error(`the program ended: ${program.stdout}${program.stderr}`)
  }
}

/** What the terminal has shown, without colours. */
export function screen({ stdout }: Program): string {
  return stripVTControlCharacters(stdout).replaceAll('\r\n', '\n')
}
