import { ConfigSchema, settingSchema } from '../config/schema.js'
import { version } from '../version.js'
import { type CommandName, commandOf, commands, commandsOf, groups } from './command-table.js'
import type { Command } from './shared-options.js'

// More options than these are in the list only.
const maxShown = 6

/** The help of the program: a line for each command, and one for those that share their first word. */
export function programHelp(): string {
  return `Postern ${version}: users, passwords and signed JSON Web Tokens on a plain folder.

Usage: postern COMMAND

${lines(programUsages())}

Options: --help tells more: postern user --help lists its commands, postern serve --help all settings.
         --version shows the version.
`
}

/** The help of a command, or of all that begin with a word. */
export function commandHelp(group: string): string {
  const [name, ...others] = commandsOf(group)
  const parts = name === group || others.length === 0 ? [singleHelp(name as CommandName)] : []
  const rest = parts.length > 0 ? others : commandsOf(group)
  if (rest.length > 0) {
    const usages = rest.map((name): [string, string] => [withOperand(name), commandOf(name).effect])
    parts.push(`Usage: postern ${group} COMMAND\n\n${lines(usages)}\n\n--help tells more of each.\n`)
  }
  return parts.join('\n')
}

function programUsages(): [string, string][] {
  const names = Object.keys(commands) as CommandName[]
  const usages = names.map((name): [string, string] => {
    const [word = ''] = name.split(' ')
    const effect = groups[word]
    return effect === undefined ? [withOperand(name), commandOf(name).effect] : [`${word} …`, effect]
  })
  return [...new Map(usages)]
}

function singleHelp(name: CommandName): string {
  const command = commandOf(name)
  const { effect, details, options = {} } = command
  const parts = [`Usage: postern ${usage(name, command)}\n\n${capitalised(effect)}.`]
  if (details !== undefined) parts.push(details)
  const described = Object.entries(options).map(([option, { takes, effect }]): [string, string] => [
    takes === undefined ? `--${option}` : `--${option} ${takes}`,
    effect
  ])
  if (described.length > 0) parts.push(lines(described))
  if (name === 'serve') parts.push(Object.keys(ConfigSchema.properties).map(describeSetting).join('\n'))
  return `${parts.join('\n\n')}\n`
}

function describeSetting(name: string): string {
  const { title = '', description = '', default: fallback } = settingSchema(name) ?? {}
  const shown = fallback === undefined ? '' : ` (default ${fallback})`
  return `  ${name}${shown}\n      ${capitalised(title)}.\n      Takes ${description}.`
}

function usage(name: CommandName, { options = {} }: Command): string {
  const shown = Object.entries(options).map(
    ([option, { takes }]) => `[--${option}${takes ? ` ${takes}` : ''}]`
  )
  return [withOperand(name), ...(shown.length > maxShown ? ['[OPTION]…'] : shown)].join(' ')
}

function withOperand(name: CommandName): string {
  return [name, commandOf(name).operand].filter((part) => part !== undefined).join(' ')
}

function lines(usages: readonly [string, string][]): string {
  const width = Math.max(...usages.map(([usage]) => usage.length))
  return usages.map(([usage, effect]) => `  ${usage.padEnd(width)}  ${effect}`).join('\n')
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
