/** Seconds, or a number with a unit: `90s`, `15m`, `1h`, `2d`; negative ones too. */
export type Duration = number | string

const form = /^-?\d+(?:\.\d+)?[smhd]$/
const seconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Says what a duration is, in a refusal. */
export const durationRule = "must be seconds, or a number with a unit, such as '90s', '15m', '1h' or '2d'"

/** Whether this is a duration. */
export function isDuration(value: unknown): value is Duration {
  return Number.isFinite(durationSeconds(value))
}

/** A duration in seconds; NaN for what is none. */
export function durationSeconds(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || !form.test(value)) return Number.NaN
  return Number(value.slice(0, -1)) * (seconds[value.slice(-1)] ?? Number.NaN)
}
