import { toSeconds } from '../clock.js'
import { readEnvironment } from '../config/environment.js'
import { exitCodes, StartupError } from '../errors/startup-error.js'
import { version } from '../version.js'
import { type CommandLine, findCall, findCommand, readCommandLine } from './command-line.js'
import { type CommandName, commandsOf } from './command-table.js'

/** Runs the command line. A failure is reported on standard error and by the exit code. */
export async function runCommandLine(args: string[]): Promise<void> {
  try {
    const line = readCommandLine(args)
    const answer = line.flags.version ? `${version}\n` : ((await helpFor(line)) ?? (await run(line)))
    if (answer !== undefined) process.stdout.write(answer)
  } catch (error) {
    const isExpected = error instanceof StartupError
    const message = isExpected ? error.message : (error as Error).stack
    process.stderr.write(`postern: ${message}\n`)
    process.exitCode = isExpected ? error.exitCode : exitCodes.unexpected
  }
}

/** The help that a line asks for: by `--help`, by `help`, or by a word that commands begin with. */
async function helpFor({ words, flags }: CommandLine): Promise<string | undefined> {
  const [first, ...others] = words
  const isGroup = words.length === 1 && findCommand(words) === undefined && commandsOf(first ?? '').length > 0
  if (!flags.help && first !== 'help' && !isGroup) return undefined
  const { commandHelp, programHelp } = await import('./help.js')
  const asked = first === 'help' ? others : words
  if (asked.length === 0) return programHelp()
  const isKnown = commandsOf(asked.join(' ')).length > 0
  // It may have operands already.
  return commandHelp(isKnown ? asked.join(' ') : findCall({ words: asked, flags: {} }).name)
}

async function run(line: CommandLine): Promise<string | undefined> {
  const { name, operands } = findCall(line)
  const [operand = ''] = operands
  return await runners[name](line, operand)
}

// Each loads nothing of the others.
const runners: Record<CommandName, (line: CommandLine, operand: string) => Promise<string | undefined>> = {
  serve: runServer,

  async 'user add'({ flags: { generate = false } }, name) {
    const { addUser } = await import('./user-commands.js')
    return await addUser(readOptions(), name, generate)
  },

  'keys list': async () => await (await keyCommands()).list(),
  'keys rotate': async () => await (await keyCommands()).rotate(),
  'keys retire': async (_line, kid) => await (await keyCommands()).retire(kid),

  async 'keys export'({ flags: { format = 'jwks' } }) {
    if (format !== 'jwks' && format !== 'pem')
      throw new StartupError('wrongSetting', '--format takes jwks or pem')
    return await (await keyCommands()).export(format)
  },

  async 'data accept'() {
    const { acceptData } = await import('./data-command.js')
    return await acceptData(readEnvironment().environment)
  },

  async health() {
    const { requireHealth } = await import('./health-command.js')
    await requireHealth(readEnvironment().environment)
    return undefined
  },

  help: async () => undefined
}

function readOptions() {
  return { ...readEnvironment(), clock: Date.now }
}

async function runServer({ flags: { fixture, users }, beside }: CommandLine): Promise<undefined> {
  const options = readOptions()
  const given = users !== undefined && { POSTERN_USERS_FILE: users }
  const settings = { ...options, environment: { ...options.environment, ...given } }
  const { serve } = await import('../server/server.js')
  if (!fixture) {
    if (beside !== undefined) throw new StartupError('wrongSetting', '-- COMMAND is for serve --fixture')
    await serve(settings)
    return
  }
  const { fixtureOptions } = await import('../fixture/fixture-options.js')
  if (beside !== undefined) {
    const { runWithFixture } = await import('./fixture-command.js')
    process.exitCode = await runWithFixture(fixtureOptions(settings), beside)
    return
  }
  await serve(fixtureOptions(settings), (url) =>
    JSON.stringify({ ready: true, url, pid: process.pid, ms: Math.round(performance.now()) })
  )
}

async function keyCommands() {
  const { createKeyCommands } = await import('./key-commands.js')
  return createKeyCommands(readEnvironment().environment, toSeconds(Date.now()))
}
