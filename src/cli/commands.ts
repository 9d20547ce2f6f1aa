import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import type { AppOptions } from '../app-options.js'
import { toSeconds } from '../clock.js'
import { ConfigSchema, describeSetting } from '../config/config.js'
import { readEnvironment } from '../config/environment.js'
import { exitCodes, StartupError } from '../errors/startup-error.js'
import { version } from '../version.js'

const help = () => `Postern ${version}: users, passwords and signed JSON Web Tokens on a plain folder.

Usage: postern serve            serve until SIGTERM or SIGINT; with --users FILE make the users in it that there are not yet
       postern serve --fixture  serve as a fixture for tests: nothing is kept, all can be controlled; with -- COMMAND
                                run that with POSTERN_URL set, and end with it
       postern user add NAME    make a user whose password is read from standard input, also while registration is
                                closed; the service must be stopped
       postern keys list        the signing keys and what each does; also while the service runs, as the following ones
       postern keys rotate      make the next key, which signs after POSTERN_KEY_PUBLISH_AHEAD seconds
       postern keys retire KID  remove a key, whose tokens are refused from then on
       postern keys export      print the public keys as a JWK Set; with --format pem as PEM
       postern data accept      take users.json and keys.json as they were edited by hand: check them, and write their
                                checksums; the service must be stopped
       postern health           exit with 0 if the service that runs here with the same settings is ready, else with 1
       postern --help           show this text
       postern --version        show the version

Settings are environment variables; a .env file in the working folder is read too:
${Object.keys(ConfigSchema.properties).map(describe).join('\n')}
`

type Flags = ReturnType<typeof parse>['values'] & {
  /** The command that runs beside a fixture, with its arguments. */
  command: readonly string[] | undefined
}

/** Runs the command line. A failure is reported on standard error and by the exit code. */
export async function runCommandLine(args: string[]): Promise<void> {
  try {
    await run(args)
  } catch (error) {
    const isExpected = error instanceof StartupError
    const message = isExpected ? error.message : (error as Error).stack
    process.stderr.write(`postern: ${message}\n`)
    process.exitCode = isExpected ? error.exitCode : exitCodes.unexpected
  }
}

async function run(given: string[]): Promise<void> {
  const { args, command } = splitCommand(given)
  const { values, positionals } = parse(args)
  if (values.help) process.stdout.write(help())
  else if (values.version) process.stdout.write(`${version}\n`)
  else await runCommand(positionals, { ...values, command })
}

async function runCommand([command, ...operands]: string[], flags: Flags): Promise<void> {
  const options = () => ({ ...readEnvironment(), clock: Date.now })
  if (command === 'serve' && operands.length === 0) return await runServer(options(), flags)
  if (command === 'health' && operands.length === 0) {
    const { requireHealth } = await import('./health-command.js')
    return await requireHealth(readEnvironment().environment)
  }
  if (command === 'data' && operands.join() === 'accept') {
    const { acceptData } = await import('./data-command.js')
    process.stdout.write(await acceptData(readEnvironment().environment))
    return
  }
  if (command === 'keys') return await runKeyCommand(operands, flags.format)
  const [action, name, ...others] = operands
  if (command === 'user' && action === 'add' && others.length === 0) {
    if (name === undefined) throw new StartupError('wrongSetting', 'user add takes the NAME of the user')
    const { addUser } = await import('./user-commands.js')
    return await addUser(options(), name, await readPassword())
  }
  throw unknownCommand()
}

async function runServer(options: AppOptions, { fixture, users, command }: Flags): Promise<void> {
  const given = users !== undefined && { POSTERN_USERS_FILE: users }
  const settings = { ...options, environment: { ...options.environment, ...given } }
  const { serve } = await import('../server/server.js')
  if (!fixture) {
    if (command !== undefined) throw new StartupError('wrongSetting', '-- COMMAND is for serve --fixture')
    return await serve(settings)
  }
  const { fixtureOptions } = await import('../fixture/fixture-options.js')
  if (command !== undefined) {
    const { runWithFixture } = await import('./fixture-command.js')
    process.exitCode = await runWithFixture(fixtureOptions(settings), command)
    return
  }
  await serve(fixtureOptions(settings), (url) =>
    JSON.stringify({ ready: true, url, pid: process.pid, ms: Math.round(performance.now()) })
  )
}

async function runKeyCommand([action, kid, ...others]: string[], format = 'jwks'): Promise<void> {
  if (format !== 'jwks' && format !== 'pem') {
    throw new StartupError('wrongSetting', '--format takes jwks or pem')
  }
  const { createKeyCommands } = await import('./key-commands.js')
  const commands = createKeyCommands(readEnvironment().environment, toSeconds(Date.now()))
  const run = async (): Promise<string> => {
    if (action === 'retire' && others.length === 0) {
      if (kid === undefined) throw new StartupError('wrongSetting', 'keys retire takes the KID of a key')
      return await commands.retire(kid)
    }
    if (kid !== undefined) throw unknownCommand()
    if (action === 'list') return await commands.list()
    if (action === 'rotate') return await commands.rotate()
    if (action === 'export') return await commands.export(format)
    throw unknownCommand()
  }
  process.stdout.write(await run())
}

function unknownCommand(): StartupError {
  return new StartupError('wrongSetting', 'unknown command; try: postern serve, or postern --help')
}

// Typed at a terminal it would show on the screen.
async function readPassword(): Promise<string> {
  if (process.stdin.isTTY) {
    const message = 'user add reads the password from a pipe or a file: postern user add NAME < FILE'
    throw new StartupError('wrongSetting', message)
  }
  return (await text(process.stdin)).replace(/\r?\n$/, '')
}

function describe(name: string): string {
  const { takes, fallback } = describeSetting(name)
  return `  ${name}\n      ${takes}${fallback === undefined ? '' : ` (default ${fallback})`}`
}

// A key id may begin with a hyphen; it is not an option.
const thumbprint = /^-[\w-]{42}$/

// The options of the command behind `--` are not ours. A key id may also stand behind `--`.
function splitCommand(args: string[]): { args: string[]; command: string[] | undefined } {
  const end = args[0] === 'serve' ? args.indexOf('--') : -1
  if (end === -1) return { args, command: undefined }
  const command = args.slice(end + 1)
  if (command.length === 0) throw new StartupError('wrongSetting', '-- takes the COMMAND to run')
  return { args: args.slice(0, end), command }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args: args.flatMap((arg) => (thumbprint.test(arg) ? ['--', arg] : [arg])),
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
        format: { type: 'string' },
        fixture: { type: 'boolean' },
        users: { type: 'string' }
      }
    })
  } catch (error) {
    throw new StartupError('wrongSetting', (error as Error).message)
  }
}
