import type { Environment } from './environment.js'
import { ConfigSchema, type SettingSchema } from './schema.js'

/** A setting that is not at its default. */
export interface ChangedSetting {
  name: string
  /** The text of its variable; undefined for a secret. */
  value: string | undefined
}

/** The settings of an environment that differ from their defaults, in the order of the schema. */
export function changedSettings(environment: Environment): ChangedSetting[] {
  return Object.entries(ConfigSchema.properties as unknown as Record<string, SettingSchema>)
    .filter(
      ([name, schema]) => (environment[name] ?? '') !== '' && environment[name] !== String(schema.default)
    )
    .map(([name, { writeOnly }]) => ({ name, value: writeOnly ? undefined : environment[name] }))
}
