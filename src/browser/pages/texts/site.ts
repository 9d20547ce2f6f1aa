import type { Translations } from '../languages.js'

/** The texts of a browser that comes back to the host of a site. */
export interface SiteTexts {
  readonly over: string
  readonly again: string
}

/** See `SiteTexts`. */
export const siteTexts: Translations<SiteTexts> = {
  en: { over: 'The sign-in for this site is over', again: 'Try again' },
  de: { over: 'Die Anmeldung für diese Website ist abgelaufen', again: 'Noch einmal versuchen' },
  fr: { over: 'La connexion à ce site a expiré', again: 'Réessayer' },
  es: { over: 'El inicio de sesión en este sitio ha caducado', again: 'Intentarlo de nuevo' },
  zh: { over: '此网站的登录已失效', again: '重试' }
}
