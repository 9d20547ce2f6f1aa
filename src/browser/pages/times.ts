import { type Html, html } from './html.js'
import type { Language } from './languages.js'

const formats = new Map<Language, Intl.DateTimeFormat>()

/** A time in seconds since the epoch, as people of this language read it. It is in UTC: a server does not know where its readers are. */
export function timeElement(language: Language, seconds: number): Html {
  const format =
    formats.get(language) ??
    new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
  formats.set(language, format)
  const date = new Date(seconds * 1000)
  return html`<time datetime="${date.toISOString()}">${format.format(date)} UTC</time>`
}

/** So many seconds in words, rounded up: in seconds, from two minutes on in minutes, from two hours on in hours. */
export function duration(language: Language, seconds: number): string {
  const [size, unit] = seconds < 120 ? [1, 'second'] : seconds < 7200 ? [60, 'minute'] : [3600, 'hour']
  const format = new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' })
  return format.format(Math.ceil(seconds / size))
}
