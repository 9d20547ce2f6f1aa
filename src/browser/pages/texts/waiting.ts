import type { Translations } from '../languages.js'

/** The texts of refusals that end by themselves. */
export interface WaitingTexts {
  readonly tooManyFailures: (wait: string) => string
}

/** See `WaitingTexts`. */
export const waitingTexts: Translations<WaitingTexts> = {
  en: { tooManyFailures: (wait) => `There were too many wrong attempts. Please try again in ${wait}.` },
  de: {
    tooManyFailures: (wait) => `Es gab zu viele Fehlversuche. Bitte versuchen Sie es in ${wait} noch einmal.`
  },
  fr: { tooManyFailures: (wait) => `Trop de tentatives ont échoué. Veuillez réessayer dans ${wait}.` },
  es: { tooManyFailures: (wait) => `Ha habido demasiados intentos fallidos. Inténtelo de nuevo en ${wait}.` },
  zh: { tooManyFailures: (wait) => `失败次数过多。请在 ${wait}后重试。` }
}
