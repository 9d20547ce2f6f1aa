import type { Translations } from '../languages.js'

/** The texts of the page of one's own account. */
export interface AccountTexts {
  readonly title: string
}

/** See `AccountTexts`. */
export const accountTexts: Translations<AccountTexts> = {
  en: { title: 'Your account' },
  de: { title: 'Ihr Konto' },
  fr: { title: 'Votre compte' },
  es: { title: 'Su cuenta' },
  zh: { title: '您的账户' }
}
