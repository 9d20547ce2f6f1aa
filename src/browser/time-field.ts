import { invalidArgument } from '../errors/refusals.js'

// Of HTML's datetime-local, a blank for the T, and a day alone, which begins at midnight.
const format = /^(\d{4,6})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?$/

/** A time in seconds since the epoch as a field of the type `datetime-local` has it (HTML §2.3.5.5), in UTC. */
export function timeField(seconds: number): string {
  return new Date(seconds * 1000)
    .toISOString()
    .replace(/^\+0*/, '')
    .replace(/(?::00)?\.000Z$/, '')
}

/** The time of such a field. @throws `InvalidArgumentError` that names it. */
export function parseTimeField(name: string, text: string): number {
  const [, ...parts] = format.exec(text.trim()) ?? []
  const [year = Number.NaN, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map((part) =>
    Number(part ?? 0)
  )
  const seconds = Date.UTC(year, month - 1, day, hour, minute, second) / 1000
  // A 31st of February would be in March.
  const isThere = !Number.isNaN(seconds) && timeField(seconds) === withoutZeros(text.trim())
  if (!isThere) throw invalidArgument(name, 'must be a date and a time')
  return seconds
}

function withoutZeros(text: string): string {
  const whole = text.length <= text.indexOf('-') + 6 ? `${text}T00:00` : text.replace(' ', 'T')
  return whole.replace(/(T\d\d:\d\d):00$/, '$1')
}
