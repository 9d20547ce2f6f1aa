import { parseArgs } from 'node:util'
import { settingSchema } from '../config/schema.js'
import { StartupError } from '../errors/startup-error.js'
import { nearest } from '../nearest.js'
import { visibleText } from '../visible-text.js'
import { type Flags, options } from './command-options.js'
import { type CommandName, commandOf, commands, commandsOf } from './command-table.js'

/** A command line as it was read. */
export interface CommandLine {
  /** The words before any option: of a command, and its operands. */
  words: readonly string[]
  flags: Flags
  /** The command that runs beside a fixture, with its arguments. */
  beside?: readonly string[]
}

/** A command with what it was called with. */
export interface Call {
  name: CommandName
  operands: readonly string[]
}

// A key id may begin with a hyphen; it is not an option.
const thumbprint = /^-[\w-]{42}$/

/**
 * Reads a command line.
 *
 * @throws `StartupError` (wrong setting) for an option that there is not, or that has no value. It says what to do.
 */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { own, beside } = splitBeside(args)
  const { tokens, positionals, values } = parseArgs({
    args: own.flatMap((arg) => (thumbprint.test(arg) ? ['--', arg] : [arg])),
    allowPositionals: true,
    strict: false,
    tokens: true,
    options
  })
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'option') continue
    const next = tokens[index + 1]
    const value = token.value ?? (next?.kind === 'positional' ? next.value : undefined)
    if (!Object.hasOwn(options, token.name))
      throw unknownOption(token.rawName, value, findCommand(positionals))
    const isText = options[token.name as keyof typeof options].type === 'string'
    if (isText !== (token.value !== undefined)) {
      throw wrong(`${token.rawName} takes ${isText ? 'a value' : 'no value'}`)
    }
  }
  return { words: positionals, flags: values as Flags, ...(beside !== undefined && { beside }) }
}

/**
 * The command that these words call.
 *
 * @throws `StartupError` (wrong setting) for an unknown one, for operands that it does not take, and for options that are not
 *   its own. It says which was most likely meant, and never repeats an operand, which may be a password.
 */
export function findCall({ words, flags }: CommandLine): Call {
  const name = findCommand(words)
  if (name === undefined) throw unknownCommand(words)
  const operands = words.slice(name.split(' ').length)
  const { operand = '', options: own = {} } = commandOf(name)
  const taken = operand.split(' ').filter((word) => word !== '')
  const required = taken.filter((word) => !word.startsWith('['))
  if (operands.length < required.length || operands.length > taken.length) {
    if (taken.length === 0 && commandsOf(name).length > 1) throw unknownCommand(words)
    throw wrong(`${name} takes ${operandsText(taken)} after it`)
  }
  for (const option of Object.keys(flags)) {
    if (!Object.hasOwn(own, option)) throw wrong(`${name} takes no --${option}`)
  }
  return { name, operands }
}

/** The name of the command that these words begin with, if they do. */
export function findCommand(words: readonly string[]): CommandName | undefined {
  const names = [2, 1].map((count) => words.slice(0, count).join(' '))
  return names.find((name): name is CommandName => Object.hasOwn(commands, name))
}

function operandsText([first, ...others]: readonly string[]): string {
  if (first === undefined) return 'nothing'
  if (first.startsWith('[')) return `at most one ${first.slice(1, -1)}`
  return others.length === 0 ? `one ${first}` : [first, ...others].join(' and ')
}

// The options of the command behind `--` are not ours. A key id may also stand behind `--`.
function splitBeside(args: readonly string[]): { own: readonly string[]; beside?: readonly string[] } {
  const end = args[0] === 'serve' ? args.indexOf('--') : -1
  if (end === -1) return { own: args }
  const beside = args.slice(end + 1)
  if (beside.length === 0) throw wrong('-- takes the COMMAND to run')
  return { own: args.slice(0, end), beside }
}

function unknownOption(
  rawName: string,
  value: string | undefined,
  command: CommandName | undefined
): StartupError {
  const option = visibleText(rawName)
  const name = rawName.replace(/^-+/, '')
  const setting = `POSTERN_${name.replaceAll('-', '_').toUpperCase()}`
  const schema = settingSchema(setting)
  // The setting `POSTERN_SECOND_FACTOR` is not what a command with `--no-second-factor` is asked for.
  const hasOpposite = command !== undefined && Object.hasOwn(commandOf(command).options ?? {}, `no-${name}`)
  if (schema !== undefined && !hasOpposite) {
    const shown = value === undefined || schema.writeOnly ? '' : `=${visibleText(value)}`
    return wrong(`there is no option ${option}: set ${setting}${shown}`)
  }
  const meant = nearest(
    rawName,
    Object.keys(options).map((name) => `--${name}`)
  )
  const help = ['postern', command, '--help'].filter((word) => word !== undefined).join(' ')
  return wrong(
    `there is no option ${option}: ${meant === undefined ? `see ${help}` : `did you mean ${meant}?`}`
  )
}

function unknownCommand([first, second]: readonly string[]): StartupError {
  if (first === undefined) return wrong('there is no command; try: postern serve, or postern --help')
  const group = commandsOf(first)
  return group.length > 0 ? unknownInGroup(`${first} ${second}`, group) : unknownFirstWord(first, second)
}

function unknownInGroup(given: string, group: readonly CommandName[]): StartupError {
  // The first word alone makes two commands of a group alike: the second one is judged by itself.
  const seconds = new Map(group.map((name) => [name.split(' ')[1] ?? '', name]))
  const meant = nearest(given.split(' ')[1] ?? '', [...seconds.keys()])
  const advice = meant === undefined ? `there is ${group.join(', ')}` : `did you mean ${seconds.get(meant)}?`
  return wrong(`there is no command ${visibleText(given)}: ${advice}`)
}

function unknownFirstWord(first: string, second: string | undefined): StartupError {
  const names = Object.keys(commands)
  // Two words are compared with two, and the first one alone with first words.
  const meant =
    nearest(second === undefined ? first : `${first} ${second}`, names) ??
    nearest(first, [...new Set(names.map((name) => name.split(' ')[0] ?? ''))])
  const advice = meant === undefined ? 'see postern --help' : `did you mean ${meant}?`
  return wrong(`there is no command ${visibleText(first)}: ${advice}`)
}

function wrong(message: string): StartupError {
  return new StartupError('wrongSetting', message)
}
