import type { Translations } from '../languages.js'

/** The texts of the page for somebody whom a site does not let in. */
export interface DeniedTexts {
  readonly title: string
  readonly site: string
  readonly signedInAs: string
  readonly notEnough: string
  readonly nobody: string
  readonly other: string
}

/** See `DeniedTexts`. */
export const deniedTexts: Translations<DeniedTexts> = {
  en: {
    title: 'No access',
    site: 'Site',
    signedInAs: 'Signed in as',
    notEnough: 'Your account may not open this site. The people who run this service can give it access.',
    nobody: 'Nobody is signed in here.',
    other: 'Sign out and use another account'
  },
  de: {
    title: 'Kein Zugriff',
    site: 'Website',
    signedInAs: 'Angemeldet als',
    notEnough:
      'Ihr Konto darf diese Website nicht öffnen. Die Betreiber dieses Dienstes können den Zugriff freigeben.',
    nobody: 'Hier ist niemand angemeldet.',
    other: 'Abmelden und ein anderes Konto verwenden'
  },
  fr: {
    title: 'Accès refusé',
    site: 'Site',
    signedInAs: 'Connecté en tant que',
    notEnough:
      'Votre compte n’est pas autorisé à ouvrir ce site. Les responsables de ce service peuvent lui donner accès.',
    nobody: 'Personne n’est connecté ici.',
    other: 'Se déconnecter et utiliser un autre compte'
  },
  es: {
    title: 'Sin acceso',
    site: 'Sitio',
    signedInAs: 'Sesión iniciada como',
    notEnough: 'Su cuenta no puede abrir este sitio. Quienes administran este servicio pueden darle acceso.',
    nobody: 'Nadie ha iniciado sesión aquí.',
    other: 'Cerrar sesión y usar otra cuenta'
  },
  zh: {
    title: '没有访问权限',
    site: '网站',
    signedInAs: '当前登录账户',
    notEnough: '您的账户无权打开此网站。本服务的运营者可以授予访问权限。',
    nobody: '此处没有人登录。',
    other: '退出登录并使用其他账户'
  }
}
