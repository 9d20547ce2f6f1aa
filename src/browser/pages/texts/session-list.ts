import type { Translations } from '../languages.js'

/** The texts of the list of one's own sessions. */
export interface SessionListTexts {
  readonly device: (browser: string, system: string) => string
  readonly unknown: string
  readonly browser: string
  readonly application: string
  readonly thisOne: string
  readonly address: string
  readonly begun: string
  readonly lastUse: string
  readonly end: string
  readonly gone: string
  readonly endOthers: string
  readonly endOthersEffect: string
}

/** See `SessionListTexts`. */
export const sessionListTexts: Translations<SessionListTexts> = {
  en: {
    device: (browser, system) => `${browser} on ${system}`,
    unknown: 'Unknown device',
    browser: 'Browser',
    application: 'Application',
    thisOne: 'This browser',
    address: 'Address',
    begun: 'Signed in',
    lastUse: 'Last used',
    end: 'Sign out',
    gone: 'This session has ended already.',
    endOthers: 'Sign out everywhere else',
    endOthersEffect: 'This signs out all browsers and applications but this browser.'
  },
  de: {
    device: (browser, system) => `${browser} unter ${system}`,
    unknown: 'Unbekanntes Gerät',
    browser: 'Browser',
    application: 'Anwendung',
    thisOne: 'Dieser Browser',
    address: 'Adresse',
    begun: 'Angemeldet',
    lastUse: 'Zuletzt verwendet',
    end: 'Abmelden',
    gone: 'Diese Sitzung ist schon beendet.',
    endOthers: 'Überall sonst abmelden',
    endOthersEffect: 'Das meldet alle Browser und Anwendungen ab, außer diesem Browser.'
  },
  fr: {
    device: (browser, system) => `${browser} sous ${system}`,
    unknown: 'Appareil inconnu',
    browser: 'Navigateur',
    application: 'Application',
    thisOne: 'Ce navigateur',
    address: 'Adresse',
    begun: 'Connexion',
    lastUse: 'Dernière utilisation',
    end: 'Déconnecter',
    gone: 'Cette session est déjà fermée.',
    endOthers: 'Déconnecter partout ailleurs',
    endOthersEffect: 'Tous les navigateurs et applications seront déconnectés, sauf ce navigateur.'
  },
  es: {
    device: (browser, system) => `${browser} en ${system}`,
    unknown: 'Dispositivo desconocido',
    browser: 'Navegador',
    application: 'Aplicación',
    thisOne: 'Este navegador',
    address: 'Dirección',
    begun: 'Inicio de sesión',
    lastUse: 'Último uso',
    end: 'Cerrar sesión',
    gone: 'Esta sesión ya se había cerrado.',
    endOthers: 'Cerrar sesión en todas las demás partes',
    endOthersEffect: 'Se cerrará la sesión en todos los navegadores y aplicaciones, salvo en este navegador.'
  },
  zh: {
    device: (browser, system) => `${system} 上的 ${browser}`,
    unknown: '未知设备',
    browser: '浏览器',
    application: '应用程序',
    thisOne: '当前浏览器',
    address: '地址',
    begun: '登录时间',
    lastUse: '上次使用',
    end: '退出登录',
    gone: '该会话已经结束。',
    endOthers: '在其他所有位置退出登录',
    endOthersEffect: '除当前浏览器外，所有浏览器和应用程序都会退出登录。'
  }
}
