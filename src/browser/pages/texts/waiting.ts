import type { Translations } from '../languages.js'

/** The texts of refusals that end by themselves. */
export interface WaitingTexts {
  readonly tooManyFailures: (wait: string) => string
  readonly tooManySignUps: (wait: string) => string
}

/** See `WaitingTexts`. */
export const waitingTexts: Translations<WaitingTexts> = {
  en: {
    tooManyFailures: (wait) => `There were too many wrong attempts. Please try again in ${wait}.`,
    tooManySignUps: (wait) => `Too many accounts were made from your network. Please try again in ${wait}.`
  },
  de: {
    tooManyFailures: (wait) => `Es gab zu viele Fehlversuche. Bitte versuchen Sie es in ${wait} noch einmal.`,
    tooManySignUps: (wait) =>
      `Aus Ihrem Netz wurden zu viele Konten angelegt. Bitte versuchen Sie es in ${wait} noch einmal.`
  },
  fr: {
    tooManyFailures: (wait) => `Trop de tentatives ont échoué. Veuillez réessayer dans ${wait}.`,
    tooManySignUps: (wait) =>
      `Trop de comptes ont été créés depuis votre réseau. Veuillez réessayer dans ${wait}.`
  },
  es: {
    tooManyFailures: (wait) => `Ha habido demasiados intentos fallidos. Inténtelo de nuevo en ${wait}.`,
    tooManySignUps: (wait) => `Se han creado demasiadas cuentas desde su red. Inténtelo de nuevo en ${wait}.`
  },
  zh: {
    tooManyFailures: (wait) => `失败次数过多。请在 ${wait}后重试。`,
    tooManySignUps: (wait) => `您的网络创建的账户过多。请在 ${wait}后重试。`
  }
}
