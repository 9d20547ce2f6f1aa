import * as schemas from './schemas/arguments.js'
import { isSecret } from './schemas/secret.js'

const properties = Object.values(schemas).flatMap((schema) => Object.entries<object>(schema.properties))

/** The names of all arguments that calls take, but for those that control a fixture. */
export const argumentNames: ReadonlySet<string> = new Set(properties.map(([name]) => name))

/** The names of those that are a `Secret` in the schema of any call. */
export const secretArguments: ReadonlySet<string> = new Set(
  properties.filter(([, schema]) => isSecret(schema)).map(([name]) => name)
)
