import type { Refusal } from '../../errors/refusals.js'
import type { Language } from './languages.js'
import { errorTexts } from './texts/errors.js'
import { waitingTexts } from './texts/waiting.js'
import { duration } from './times.js'

/** A refusal in words for people. A refusal that ends by itself says when, by its `Retry-After`. */
export function refusalText(language: Language, { name, headers }: Refusal): string {
  const { refusals, unknown } = errorTexts[language]
  const seconds = Number(headers['retry-after'])
  const isTooMany = name === 'TooManyFailuresError' && seconds > 0
  return isTooMany
    ? waitingTexts[language].tooManyFailures(duration(language, seconds))
    : (refusals[name] ?? unknown)
}
