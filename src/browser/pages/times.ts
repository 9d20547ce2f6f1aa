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
