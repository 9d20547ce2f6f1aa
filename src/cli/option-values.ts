import { StartupError } from '../errors/startup-error.js'

const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** The seconds of `--expires-in`: a number, which may have a unit. @throws `StartupError` (wrong setting). */
export function secondsIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, number, unit = 's'] = /^(\d{1,12})([smhd]?)$/.exec(text) ?? []
  if (number === undefined)
    throw wrong('--expires-in takes seconds, or a number with a unit: 90s, 30m, 12h or 7d')
  return Number(number) * (units[unit] ?? 1)
}

/** The time of `--expires-at`, in seconds since the epoch. @throws `StartupError` (wrong setting). */
export function timeIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,12}$/.test(text)) return Number(text)
  // Date takes much else for a time.
  const milliseconds = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  if (Number.isNaN(milliseconds)) {
    throw wrong('--expires-at takes a time such as 2031-12-24, 2031-12-24T18:00:00Z, or seconds since 1970')
  }
  return Math.floor(milliseconds / 1000)
}

/** The claims of `--claim KEY=JSON`. @throws `StartupError` (wrong setting), which never repeats a value. */
export function claimsIn(texts: readonly string[] = []): Map<string, unknown> {
  return new Map(
    texts.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw wrong('--claim takes KEY=JSON')
      const key = text.slice(0, at)
      try {
        return [key, JSON.parse(text.slice(at + 1))]
      } catch {
        throw wrong(`--claim takes KEY=JSON: a text stands in double quotes, as in --claim 'team="red"'`)
      }
    })
  )
}

/** The whole number of `--limit`. @throws `StartupError` (wrong setting). */
export function limitIn(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw wrong('--limit takes a whole number from 1')
}

/** The empty set, or what stands between the commas. */
export function namesIn(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** @throws `StartupError` (wrong setting) if more than one of these options is there. */
export function requireOneOf(flags: object, names: readonly string[]): void {
  const given = names.filter((name) => Object.hasOwn(flags, name)).map((name) => `--${name}`)
  if (given.length > 1) throw wrong(`${given.join(' and ')} exclude each other`)
}

function wrong(message: string): StartupError {
  return new StartupError('wrongSetting', message)
}
