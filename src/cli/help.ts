import { ConfigSchema, settingSchema } from '../config/schema.js'
import { version } from '../version.js'
import { type Command, type CommandName, commandOf, commands, commandsOf } from './command-table.js'

/** The help of the program: a line for each command. */
export function programHelp(): string {
  return `Postern ${version}: users, passwords and signed JSON Web Tokens on a plain folder.

Usage: postern COMMAND

${lines(Object.keys(commands) as CommandName[])}

Options: --help tells more of a command: postern serve --help lists all settings.
         --version shows the version.
`
}

/** The help of a command, or of all that begin with a word. */
export function commandHelp(group: string): string {
  const names = commandsOf(group)
  const [name] = names
  return names.length === 1 && name !== undefined
    ? singleHelp(name)
    : `Usage: postern ${group} COMMAND\n\n${lines(names)}\n\n--help tells more of each.\n`
}

function singleHelp(name: CommandName): string {
  const command = commandOf(name)
  const { effect, details, options = {} } = command
  const parts = [`Usage: postern ${usage(name, command)}\n\n${capitalised(effect)}.`]
  if (details !== undefined) parts.push(details)
  const described = Object.entries(options).map(
    ([option, { takes = '', effect }]) => `  ${`--${option} ${takes}`.padEnd(18)}  ${effect}`
  )
  if (described.length > 0) parts.push(described.join('\n'))
  if (name === 'serve') parts.push(Object.keys(ConfigSchema.properties).map(describeSetting).join('\n'))
  return `${parts.join('\n\n')}\n`
}

function describeSetting(name: string): string {
  const { title = '', description = '', default: fallback } = settingSchema(name) ?? {}
  const shown = fallback === undefined ? '' : ` (default ${fallback})`
  return `  ${name}${shown}\n      ${capitalised(title)}.\n      Takes ${description}.`
}

function usage(name: CommandName, { operand, options = {} }: Command): string {
  const shown = Object.entries(options).map(
    ([option, { takes }]) => `[--${option}${takes ? ` ${takes}` : ''}]`
  )
  return [name, operand, ...shown].filter((part) => part !== undefined).join(' ')
}

function lines(names: readonly CommandName[]): string {
  return names
    .map((name) => {
      const { operand, effect } = commandOf(name)
      return `  ${(operand === undefined ? name : `${name} ${operand}`).padEnd(16)}  ${effect}`
    })
    .join('\n')
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
