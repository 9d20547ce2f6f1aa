import type { Arguments } from './input.js'

/** An argument, and the other name that it may be sent by. */
export interface Alias {
  name: string
  alias: string
}

const aliases: readonly Alias[] = [
  { name: 'user', alias: 'username' },
  { name: 'pass', alias: 'password' },
  { name: 'current_pass', alias: 'current_password' }
]

/** The other names that a call takes the arguments of this schema by. */
export function aliasesOf(schema: object): Alias[] {
  const { properties = {} } = schema as { properties?: object }
  return aliases.filter(({ name, alias }) => name in properties && !(alias in properties))
}

/** The first argument that was sent by both names, with different values. */
export function contradiction(given: Arguments, taken: readonly Alias[]): Alias | undefined {
  return taken.find(({ name, alias }) => {
    const [own, other] = [given[name], given[alias]]
    return own !== undefined && other !== undefined && own !== other
  })
}

/** The arguments by their own names. Costs next to nothing where all were sent by these. */
export function byOwnNames(given: Arguments, taken: readonly Alias[]): Arguments {
  let named = given
  for (const { name, alias } of taken) {
    if (given[alias] === undefined) continue
    const { [alias]: value, ...others } = named
    named = { ...others, [name]: value }
  }
  return named
}

/** The name that an argument was sent by. */
export function nameSent(name: string, given: Arguments, taken: readonly Alias[]): string {
  const { alias } = taken.find((one) => one.name === name) ?? {}
  return alias !== undefined && given[name] === undefined && given[alias] !== undefined ? alias : name
}
