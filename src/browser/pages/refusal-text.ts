import type { Refusal, RefusalName } from '../../errors/refusals.js'
import type { Language } from './languages.js'
import { errorTexts } from './texts/errors.js'
import { type WaitingTexts, waitingTexts } from './texts/waiting.js'
import { duration } from './times.js'

const waits: Partial<Record<RefusalName, keyof WaitingTexts>> = {
  TooManyFailuresError: 'tooManyFailures',
  TooManySignUpsError: 'tooManySignUps'
}

/** A refusal in words for people. A refusal that ends by itself says when, by its `Retry-After`. */
export function refusalText(language: Language, { name, headers }: Refusal): string {
  const { refusals, unknown } = errorTexts[language]
  const seconds = Number(headers['retry-after'])
  const wait = waits[name]
  if (wait !== undefined && seconds > 0) return waitingTexts[language][wait](duration(language, seconds))
  return refusals[name] ?? unknown
}
