import type { Translations } from '../languages.js'

/** The texts of signing in. */
export interface SignInTexts {
  readonly title: string
}

/** See `SignInTexts`. */
export const signInTexts: Translations<SignInTexts> = {
  en: { title: 'Sign in' },
  de: { title: 'Anmelden' },
  fr: { title: 'Se connecter' },
  es: { title: 'Iniciar sesión' },
  zh: { title: '登录' }
}
