import { pipeline } from 'node:stream/promises'
import { toSeconds } from '../clock.js'
import { readEnvironment } from '../config/environment.js'
import { exitCodes, StartupError } from '../errors/startup-error.js'
import { version } from '../version.js'
import type { AdminCommand, AdminContext, CommandKind } from './admin-command.js'
import { type CommandLine, findCall, findCommand, readCommandLine } from './command-line.js'
import { type CommandName, commandsOf } from './command-table.js'

/** Runs the command line. A failure is reported on standard error and by the exit code. */
export async function runCommandLine(args: string[]): Promise<void> {
  try {
    const line = readCommandLine(args)
    const answer = line.flags.version ? `${version}\n` : ((await helpFor(line)) ?? (await run(line)))
    if (answer !== undefined) await print(answer)
  } catch (error) {
    const isExpected = error instanceof StartupError
    const message = isExpected ? error.message : (error as Error).stack
    process.stderr.write(`postern: ${message}\n`)
    process.exitCode = isExpected ? error.exitCode : exitCodes.unexpected
  }
}

async function print(text: string | AsyncIterable<string | Uint8Array>): Promise<void> {
  try {
    await pipeline(typeof text === 'string' ? [text] : text, process.stdout, { end: false })
  } catch (error) {
    // The reader has seen enough, as `head` has.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
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

async function run(line: CommandLine): Promise<Printed> {
  const { name, operands } = findCall(line)
  return await runners[name](line, operands)
}

type Printed = string | AsyncIterable<string | Uint8Array> | undefined

type Runner = (line: CommandLine, operands: readonly string[]) => Promise<Printed>

// Each loads nothing of the others.
const runners: Record<CommandName, Runner> = {
  serve: runServer,

  async config({ flags }) {
    const { printConfig } = await import('./config-command.js')
    const { outputOf } = await import('./output.js')
    await printConfig(readEnvironment(), toSeconds(Date.now()), outputOf(flags))
    return undefined
  },

  'user list': ofAccounts(async () => (await import('./user-list.js')).listUsers, 'reads'),
  'user show': ofAccounts(async () => (await import('./user-list.js')).showUser, 'reads'),
  'user add': ofAccounts(async () => (await import('./user-add.js')).addUser),
  'user set': ofAccounts(async () => (await import('./user-set.js')).setUser),
  'user disable': ofAccounts(async () => (await import('./user-state.js')).disableUser),
  'user enable': ofAccounts(async () => (await import('./user-state.js')).enableUser),
  'user delete': ofAccounts(async () => (await import('./user-state.js')).deleteUser),
  'user purge': ofAccounts(async () => (await import('./user-state.js')).purgeUser),
  'user passwd': ofAccounts(async () => (await import('./user-password.js')).setPassword),
  'user link': ofAccounts(async () => (await import('./user-password.js')).makeLink),
  'user sessions': ofAccounts(async () => (await import('./user-sessions.js')).listSessions, 'reads'),
  'user end-session': ofAccounts(async () => (await import('./user-sessions.js')).endSession),
  'user sign-out': ofAccounts(async () => (await import('./user-state.js')).signOutUser),
  'user export': ofAccounts(async () => (await import('./user-export.js')).exportUsers, 'reads'),
  'user import': ofAccounts(async () => (await import('./user-import.js')).importUsers),
  'user sync': ofAccounts(async () => (await import('./user-sync.js')).syncUsersFile),
  invite: ofAccounts(async () => (await import('./invite-commands.js')).invite),
  'invite list': ofAccounts(async () => (await import('./invite-commands.js')).listInvitations, 'reads'),
  'invite remove': ofAccounts(async () => (await import('./invite-commands.js')).removeInvitation),
  'api-key add': ofKeys(async () => (await import('./api-key-commands.js')).addApiKey),
  'api-key list': ofKeys(async () => (await import('./api-key-commands.js')).listApiKeys, 'reads'),
  'api-key remove': ofKeys(async () => (await import('./api-key-commands.js')).removeApiKey),

  'keys list': async (line) => await (await keyCommands(line)).list(),
  'keys rotate': async (line) => await (await keyCommands(line)).rotate(),
  'keys retire': async (line, [kid = '']) => await (await keyCommands(line)).retire(kid),

  async 'keys export'(line) {
    const { format = 'jwks' } = line.flags
    if (format !== 'jwks' && format !== 'pem')
      throw new StartupError('wrongSetting', '--format takes jwks or pem')
    return await (await keyCommands(line)).export(format)
  },

  backup: runnerOf(async () => (await import('./backup-command.js')).backUp, 'changes', 'wrongSetting'),

  async restore({ flags }, [file = '']) {
    const { restoreBackup } = await import('./restore-command.js')
    return await restoreBackup(readEnvironment().environment, file, flags.identity)
  },

  async migrate({ flags }) {
    const { migrateDatabase } = await import('./migrate-command.js')
    return await migrateDatabase(readEnvironment().environment, flags.check === true)
  },

  async 'store copy'({ flags }) {
    const { copyStore } = await import('./store-copy-command.js')
    return await copyStore(readEnvironment().environment, flags)
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

type LoadCommand = () => Promise<AdminCommand>

function ofAccounts(load: LoadCommand, kind: CommandKind = 'changes'): Runner {
  return runnerOf(load, kind, 'userRefused')
}

function ofKeys(load: LoadCommand, kind: CommandKind = 'changes'): Runner {
  return runnerOf(load, kind, 'keyRefused')
}

function runnerOf(load: LoadCommand, kind: CommandKind, refusedAs: AdminContext['refusedAs']): Runner {
  return async ({ flags }, operands) => {
    const { runAdminCommand } = await import('./admin-command.js')
    return runAdminCommand(await load(), { operands, flags }, { options: readOptions(), kind, refusedAs })
  }
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

async function keyCommands({ flags: { url } }: CommandLine) {
  const { environment } = readEnvironment()
  if (url !== undefined) {
    const { createRemoteKeyCommands } = await import('./remote-key-commands.js')
    return createRemoteKeyCommands(url, environment)
  }
  const { createKeyCommands } = await import('./key-commands.js')
  return createKeyCommands(environment, toSeconds(Date.now()))
}
