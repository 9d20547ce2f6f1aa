import { Type } from 'typebox'

/** The schema of a setting that is a whole number between these; `fallback` is its default. */
export const integer = (title: string, minimum: number, maximum: number, fallback: number, unit = '') =>
  Type.Integer({
    title,
    minimum,
    maximum,
    default: fallback,
    description: `a whole number${unit && ` of ${unit}`} from ${minimum} to ${maximum}`
  })

/** The schema of a setting that is one of these texts; `fallback` is its default, if it has one. */
export const oneOf = <const Values extends string[]>(
  title: string,
  values: Values,
  fallback?: Values[number]
) =>
  Type.Enum<Values>(values, {
    title,
    ...(fallback !== undefined && { default: fallback }),
    description: `one of ${values.join(', ')}`
  })
