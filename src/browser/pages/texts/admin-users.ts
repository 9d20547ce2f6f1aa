import type { Translations } from '../languages.js'

/** The texts of the list of accounts, and of making and editing one. */
export interface AdminUsersTexts {
  readonly search: string
  readonly searchBy: string
  readonly by: Readonly<Record<'q' | 'display_name' | 'email' | 'group', string>>
  readonly text: string
  readonly anyState: string
  readonly lastLogin: string
  readonly verified: string
  readonly none: string
  /** The state filters inside a page. */
  readonly noneOnThisPage: string
  readonly newTitle: string
  readonly make: string
  readonly edit: string
  readonly signInBy: string
  readonly ways: Readonly<Record<'invite' | 'pass' | 'none', string>>
  readonly passwordHint: string
  readonly editHint: string
  readonly managedHint: string
  readonly changedMeanwhile: string
  readonly nowIs: (value: string) => string
  readonly nowEmpty: string
  readonly linkTitle: string
  readonly linkText: string
}

/** See `AdminUsersTexts`. */
export const adminUsersTexts: Translations<AdminUsersTexts> = {
  en: {
    search: 'Search',
    searchBy: 'Search by',
    by: {
      q: 'User name (beginning)',
      display_name: 'Display name (beginning)',
      email: 'E-mail address (whole)',
      group: 'Group (whole)'
    },
    text: 'Text',
    anyState: 'any',
    lastLogin: 'Last sign-in',
    verified: 'verified',
    none: 'No account matches.',
    noneOnThisPage: 'No account on this page matches. The next page may have some.',
    newTitle: 'New account',
    make: 'Make the account',
    edit: 'Edit',
    signInBy: 'First sign-in',
    ways: {
      invite: 'by a link with which the user sets a password',
      pass: 'with the password below',
      none: 'not possible yet'
    },
    passwordHint: 'Only if the account is to have it.',
    editHint: 'Another name, and a group that is taken away, end all tokens and sessions of the account.',
    managedHint: 'The users file of the service keeps this account, and sets back what it says otherwise.',
    changedMeanwhile:
      'Somebody has changed the account since you opened this page. These fields have changed; look at them, and save again:',
    nowIs: (value) => `It is now: ${value}`,
    nowEmpty: 'It is empty now.',
    linkTitle: 'A link to set the password',
    linkText: 'Give this link to the user. It sets the password once.'
  },
  de: {
    search: 'Suchen',
    searchBy: 'Suchen nach',
    by: {
      q: 'Benutzername (Anfang)',
      display_name: 'Anzeigename (Anfang)',
      email: 'E-Mail-Adresse (ganz)',
      group: 'Gruppe (ganz)'
    },
    text: 'Text',
    anyState: 'beliebig',
    lastLogin: 'Letzte Anmeldung',
    verified: 'bestätigt',
    none: 'Kein Konto passt.',
    noneOnThisPage: 'Auf dieser Seite passt kein Konto. Auf der nächsten gibt es vielleicht welche.',
    newTitle: 'Neues Konto',
    make: 'Konto anlegen',
    edit: 'Bearbeiten',
    signInBy: 'Erste Anmeldung',
    ways: {
      invite: 'über einen Link, mit dem die Person ein Passwort setzt',
      pass: 'mit dem Passwort unten',
      none: 'noch nicht möglich'
    },
    passwordHint: 'Nur wenn das Konto es bekommen soll.',
    editHint: 'Ein neuer Name und der Entzug einer Gruppe beenden alle Tokens und Sitzungen des Kontos.',
    managedHint:
      'Die Benutzerdatei des Dienstes verwaltet dieses Konto und setzt zurück, was darin anders steht.',
    changedMeanwhile:
      'Das Konto wurde geändert, seit Sie diese Seite geöffnet haben. Diese Felder sind anders; sehen Sie sie an, und speichern Sie noch einmal:',
    nowIs: (value) => `Jetzt: ${value}`,
    nowEmpty: 'Jetzt leer.',
    linkTitle: 'Ein Link zum Setzen des Passworts',
    linkText: 'Geben Sie der Person diesen Link. Er setzt das Passwort ein einziges Mal.'
  },
  fr: {
    search: 'Rechercher',
    searchBy: 'Rechercher par',
    by: {
      q: 'Nom d’utilisateur (début)',
      display_name: 'Nom affiché (début)',
      email: 'Adresse e-mail (entière)',
      group: 'Groupe (entier)'
    },
    text: 'Texte',
    anyState: 'tous',
    lastLogin: 'Dernière connexion',
    verified: 'vérifiée',
    none: 'Aucun compte ne correspond.',
    noneOnThisPage: 'Aucun compte de cette page ne correspond. La page suivante en contient peut-être.',
    newTitle: 'Nouveau compte',
    make: 'Créer le compte',
    edit: 'Modifier',
    signInBy: 'Première connexion',
    ways: {
      invite: 'par un lien avec lequel la personne définit un mot de passe',
      pass: 'avec le mot de passe ci-dessous',
      none: 'pas encore possible'
    },
    passwordHint: 'Seulement si le compte doit l’avoir.',
    editHint: 'Un autre nom ou le retrait d’un groupe met fin à tous les jetons et sessions du compte.',
    managedHint: 'Le fichier des utilisateurs du service gère ce compte et rétablit ce qu’il indique.',
    changedMeanwhile:
      'Le compte a été modifié depuis que vous avez ouvert cette page. Ces champs ont changé ; vérifiez-les et enregistrez à nouveau :',
    nowIs: (value) => `Valeur actuelle : ${value}`,
    nowEmpty: 'Vide à présent.',
    linkTitle: 'Un lien pour définir le mot de passe',
    linkText: 'Donnez ce lien à la personne. Il définit le mot de passe une seule fois.'
  },
  es: {
    search: 'Buscar',
    searchBy: 'Buscar por',
    by: {
      q: 'Nombre de usuario (comienzo)',
      display_name: 'Nombre visible (comienzo)',
      email: 'Correo electrónico (completo)',
      group: 'Grupo (completo)'
    },
    text: 'Texto',
    anyState: 'cualquiera',
    lastLogin: 'Último inicio de sesión',
    verified: 'verificado',
    none: 'Ninguna cuenta coincide.',
    noneOnThisPage: 'Ninguna cuenta de esta página coincide. Puede que haya en la siguiente.',
    newTitle: 'Cuenta nueva',
    make: 'Crear la cuenta',
    edit: 'Editar',
    signInBy: 'Primer inicio de sesión',
    ways: {
      invite: 'con un enlace con el que la persona elige una contraseña',
      pass: 'con la contraseña de abajo',
      none: 'todavía no es posible'
    },
    passwordHint: 'Solo si la cuenta ha de tenerla.',
    editHint: 'Otro nombre, o quitar un grupo, termina todos los tokens y sesiones de la cuenta.',
    managedHint: 'El archivo de usuarios del servicio gestiona esta cuenta y restablece lo que indica.',
    changedMeanwhile:
      'La cuenta ha cambiado desde que abrió esta página. Estos campos son distintos; revíselos y guarde de nuevo:',
    nowIs: (value) => `Ahora: ${value}`,
    nowEmpty: 'Ahora está vacío.',
    linkTitle: 'Un enlace para elegir la contraseña',
    linkText: 'Dé este enlace a la persona. Sirve para elegir la contraseña una sola vez.'
  },
  zh: {
    search: '搜索',
    searchBy: '搜索方式',
    by: {
      q: '用户名（开头）',
      display_name: '显示名称（开头）',
      email: '电子邮箱（完整）',
      group: '群组（完整）'
    },
    text: '文本',
    anyState: '任意',
    lastLogin: '上次登录',
    verified: '已验证',
    none: '没有匹配的账户。',
    noneOnThisPage: '本页没有匹配的账户，下一页可能有。',
    newTitle: '新建账户',
    make: '创建账户',
    edit: '编辑',
    signInBy: '首次登录',
    ways: { invite: '通过用户自行设置密码的链接', pass: '使用下面的密码', none: '暂时无法登录' },
    passwordHint: '仅在为该账户设置密码时填写。',
    editHint: '更改名称或移除群组会结束该账户的所有令牌和会话。',
    managedHint: '该账户由服务的用户文件管理，与文件不一致的更改会被恢复。',
    changedMeanwhile: '在您打开此页面之后，该账户已被更改。以下字段有变化，请检查后重新保存：',
    nowIs: (value) => `现在的值：${value}`,
    nowEmpty: '现在为空。',
    linkTitle: '设置密码的链接',
    linkText: '请将此链接交给用户。它只能用来设置一次密码。'
  }
}
