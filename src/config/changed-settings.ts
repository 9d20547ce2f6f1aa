import type { TSchema } from 'typebox'
import { ConfigSchema } from './config.js'
import type { Environment } from './environment.js'

/** A setting that is not at its default. */
export interface ChangedSetting {
  name: string
  /** The text of its variable; undefined for a secret. */
  value: string | undefined
}

/** The settings of an environment that differ from their defaults, in the order of the schema. */
export function changedSettings(environment: Environment): ChangedSetting[] {
  return Object.entries<TSchema & { default?: unknown; writeOnly?: boolean }>(ConfigSchema.properties)
    .filter(
      ([name, schema]) => (environment[name] ?? '') !== '' && environment[name] !== String(schema.default)
    )
    .map(([name, { writeOnly }]) => ({ name, value: writeOnly ? undefined : environment[name] }))
}
