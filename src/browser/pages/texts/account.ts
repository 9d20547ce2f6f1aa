import type { Translations } from '../languages.js'

/** A change that the page after it tells. */
export type AccountChange =
  | 'name'
  | 'password'
  | 'session'
  | 'sessions'
  | 'second-factor'
  | 'second-factor-removed'

/** The texts of the page of one's own account, and of the pages below it. */
export interface AccountTexts {
  readonly title: string
  readonly back: string
  readonly none: string
  readonly verified: string
  readonly unverified: string
  readonly groups: string
  readonly lastChange: string
  readonly secondFactor: string
  readonly on: string
  readonly off: string
  readonly sessions: string
  readonly sessionsHint: string
  readonly deletion: string
  readonly deletionHint: string
  readonly nameHint: string
  readonly nameMistake: string
  readonly managed: string
  readonly changes: Readonly<Record<AccountChange, string>>
}

/** See `AccountTexts`. */
export const accountTexts: Translations<AccountTexts> = {
  en: {
    title: 'Your account',
    back: 'Back to your account',
    none: 'none',
    verified: 'verified',
    unverified: 'not verified',
    groups: 'Groups',
    lastChange: 'Last changed:',
    secondFactor: 'Second factor',
    on: 'On',
    off: 'Off',
    sessions: 'Where you are signed in',
    sessionsHint: 'Browsers and applications, and how to sign them out',
    deletion: 'Delete your account',
    deletionHint: 'For good',
    nameHint: 'Applications show it in place of your user name. Leave it empty for none.',
    nameMistake: 'Use at most 255 characters, without line breaks.',
    managed: 'The people who run this service manage this in a file. Please ask them for a change.',
    changes: {
      name: 'Your display name was changed.',
      password: 'Your password was changed. All other browsers and applications were signed out.',
      session: 'The session was ended.',
      sessions: 'All other browsers and applications were signed out.',
      'second-factor': 'Your second factor is set up. All other browsers and applications were signed out.',
      'second-factor-removed': 'Your second factor was removed. Your password alone signs you in now.'
    }
  },
  de: {
    title: 'Ihr Konto',
    back: 'Zurück zu Ihrem Konto',
    none: 'keiner',
    verified: 'bestätigt',
    unverified: 'nicht bestätigt',
    groups: 'Gruppen',
    lastChange: 'Zuletzt geändert:',
    secondFactor: 'Zweiter Faktor',
    on: 'Eingeschaltet',
    off: 'Ausgeschaltet',
    sessions: 'Wo Sie angemeldet sind',
    sessionsHint: 'Browser und Anwendungen, und wie Sie sie abmelden',
    deletion: 'Konto löschen',
    deletionHint: 'Endgültig',
    nameHint:
      'Anwendungen zeigen ihn anstelle Ihres Benutzernamens. Lassen Sie das Feld leer, wenn Sie keinen möchten.',
    nameMistake: 'Höchstens 255 Zeichen, ohne Zeilenumbrüche.',
    managed:
      'Die Betreiber dieses Dienstes verwalten diese Angabe in einer Datei. Bitte wenden Sie sich für eine Änderung an sie.',
    changes: {
      name: 'Ihr Anzeigename wurde geändert.',
      password: 'Ihr Passwort wurde geändert. Alle anderen Browser und Anwendungen wurden abgemeldet.',
      session: 'Die Sitzung wurde beendet.',
      sessions: 'Alle anderen Browser und Anwendungen wurden abgemeldet.',
      'second-factor':
        'Ihr zweiter Faktor ist eingerichtet. Alle anderen Browser und Anwendungen wurden abgemeldet.',
      'second-factor-removed':
        'Ihr zweiter Faktor wurde entfernt. Zum Anmelden genügt jetzt allein Ihr Passwort.'
    }
  },
  fr: {
    title: 'Votre compte',
    back: 'Retour à votre compte',
    none: 'aucun',
    verified: 'vérifiée',
    unverified: 'non vérifiée',
    groups: 'Groupes',
    lastChange: 'Dernière modification :',
    secondFactor: 'Second facteur',
    on: 'Activé',
    off: 'Désactivé',
    sessions: 'Où vous êtes connecté',
    sessionsHint: 'Vos navigateurs et applications, et comment les déconnecter',
    deletion: 'Supprimer votre compte',
    deletionHint: 'Définitivement',
    nameHint:
      'Les applications l’affichent à la place de votre nom d’utilisateur. Laissez le champ vide pour ne pas en avoir.',
    nameMistake: 'Utilisez au plus 255 caractères, sans saut de ligne.',
    managed:
      'Les responsables de ce service gèrent cette information dans un fichier. Adressez-vous à eux pour la modifier.',
    changes: {
      name: 'Votre nom affiché a été modifié.',
      password:
        'Votre mot de passe a été modifié. Tous les autres navigateurs et applications ont été déconnectés.',
      session: 'La session a été fermée.',
      sessions: 'Tous les autres navigateurs et applications ont été déconnectés.',
      'second-factor':
        'Votre second facteur est configuré. Tous les autres navigateurs et applications ont été déconnectés.',
      'second-factor-removed':
        'Votre second facteur a été retiré. Votre mot de passe suffit désormais pour vous connecter.'
    }
  },
  es: {
    title: 'Su cuenta',
    back: 'Volver a su cuenta',
    none: 'ninguno',
    verified: 'verificada',
    unverified: 'sin verificar',
    groups: 'Grupos',
    lastChange: 'Último cambio:',
    secondFactor: 'Segundo factor',
    on: 'Activado',
    off: 'Desactivado',
    sessions: 'Dónde ha iniciado sesión',
    sessionsHint: 'Sus navegadores y aplicaciones, y cómo cerrar su sesión',
    deletion: 'Eliminar su cuenta',
    deletionHint: 'Definitivamente',
    nameHint:
      'Las aplicaciones lo muestran en lugar de su nombre de usuario. Déjelo vacío si no desea ninguno.',
    nameMistake: 'Use como máximo 255 caracteres, sin saltos de línea.',
    managed:
      'Quienes administran este servicio gestionan este dato en un archivo. Pídales a ellos el cambio.',
    changes: {
      name: 'Se ha cambiado su nombre visible.',
      password:
        'Se ha cambiado su contraseña. Se ha cerrado la sesión en todos los demás navegadores y aplicaciones.',
      session: 'Se ha cerrado la sesión.',
      sessions: 'Se ha cerrado la sesión en todos los demás navegadores y aplicaciones.',
      'second-factor':
        'Su segundo factor está configurado. Se ha cerrado la sesión en todos los demás navegadores y aplicaciones.',
      'second-factor-removed':
        'Se ha quitado su segundo factor. Ahora basta su contraseña para iniciar sesión.'
    }
  },
  zh: {
    title: '您的账户',
    back: '返回您的账户',
    none: '无',
    verified: '已验证',
    unverified: '未验证',
    groups: '群组',
    lastChange: '上次更改：',
    secondFactor: '第二重验证',
    on: '已开启',
    off: '未开启',
    sessions: '您的登录位置',
    sessionsHint: '查看并退出各浏览器和应用程序',
    deletion: '删除您的账户',
    deletionHint: '永久删除',
    nameHint: '应用程序会用它代替您的用户名显示。留空则不设置。',
    nameMistake: '最多 255 个字符，不能换行。',
    managed: '本服务的运营者通过文件管理此项。如需更改，请与他们联系。',
    changes: {
      name: '您的显示名称已更改。',
      password: '您的密码已更改。所有其他浏览器和应用程序均已退出登录。',
      session: '该会话已结束。',
      sessions: '所有其他浏览器和应用程序均已退出登录。',
      'second-factor': '您的第二重验证已设置。所有其他浏览器和应用程序均已退出登录。',
      'second-factor-removed': '您的第二重验证已移除。现在只需密码即可登录。'
    }
  }
}
