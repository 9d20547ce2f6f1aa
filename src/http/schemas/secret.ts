import { type TStringOptions, Type } from 'typebox'

/**
 * A string that is told nowhere: in no log, no error and no record of requests. The mark is JSON Schema's own word for it
 * (`writeOnly`, validation §9.4), which OpenAPI has, too.
 */
export function Secret(options: TStringOptions = {}) {
  return Type.String({ ...options, writeOnly: true })
}

/** Whether a schema is that of a `Secret`. */
export function isSecret(schema: object): boolean {
  return 'writeOnly' in schema && schema.writeOnly === true
}
