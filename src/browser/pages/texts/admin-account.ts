import type { Translations } from '../languages.js'

/** The texts of the page of one account, and of what an operator does with it. */
export interface AdminAccountTexts {
  readonly id: string
  readonly set: string
  readonly notSet: string
  readonly passwordChanged: string
  readonly linkExpires: string
  readonly secondFactor: string
  readonly managedByFile: string
  readonly sessions: string
  readonly noSessions: string
  readonly device: string
  readonly kind: string
  /** Whom a session is for. */
  readonly kinds: Readonly<Record<'browser' | 'refresh_token', string>>
  readonly address: string
  readonly began: string
  readonly lastUse: string
  readonly end: string
  readonly passwordTitle: string
  readonly setPassword: string
  readonly setPasswordText: string
  readonly makeLink: string
  readonly makeLinkText: string
  readonly notActive: string
  readonly signOut: string
  readonly disable: string
  readonly enable: string
  readonly removeFactor: string
  readonly removeFactorText: string
  readonly delete: string
  readonly deleteText: string
  readonly purge: string
  readonly purgeText: string
  readonly typeName: string
  readonly wrongName: string
  readonly freeName: string
}

/** See `AdminAccountTexts`. */
export const adminAccountTexts: Translations<AdminAccountTexts> = {
  en: {
    id: 'Id',
    set: 'set',
    notSet: 'not set',
    passwordChanged: 'Password changed',
    linkExpires: 'Password link ends',
    secondFactor: 'Second factor',
    managedByFile: 'kept by the users file',
    sessions: 'Sessions',
    noSessions: 'There are no sessions.',
    device: 'Device',
    kind: 'For',
    kinds: { browser: 'browser', refresh_token: 'application' },
    address: 'Address',
    began: 'Began',
    lastUse: 'Last use',
    end: 'End',
    passwordTitle: 'Password',
    setPassword: 'Set the password',
    setPasswordText:
      'You set a password that you then tell the user. All tokens and sessions of the account end.',
    makeLink: 'Make a link',
    makeLinkText:
      'The user sets a password by a link, and nobody else knows it. This is the better way. A link that was made before is of no use then.',
    notActive: 'The account is not active: a link would be of no use.',
    signOut: 'Sign out everywhere',
    disable: 'Disable',
    enable: 'Enable',
    removeFactor: 'Remove the second factor',
    removeFactorText:
      'The user then signs in with the password alone, and can set up a new second factor. All tokens and sessions of the account end. Be sure of whom you talk to: a thief asks for the same.',
    delete: 'Delete',
    deleteText:
      'The user cannot sign in any more, and all tokens and sessions end. The record and the name stay: you can enable the account again.',
    purge: 'Delete for good',
    purgeText:
      'All that is kept of the account goes: the record, the groups, the second factor, the sessions. Nobody can bring it back. The name stays reserved, so that nobody passes for this user.',
    typeName: 'Type the user name to confirm',
    wrongName: 'This is not the name of the account.',
    freeName: 'Let others take the name at once, although tokens with it may still be about'
  },
  de: {
    id: 'Kennung',
    set: 'gesetzt',
    notSet: 'nicht gesetzt',
    passwordChanged: 'Passwort geändert',
    linkExpires: 'Passwort-Link endet',
    secondFactor: 'Zweiter Faktor',
    managedByFile: 'von der Benutzerdatei verwaltet',
    sessions: 'Sitzungen',
    noSessions: 'Es gibt keine Sitzungen.',
    device: 'Gerät',
    kind: 'Für',
    kinds: { browser: 'Browser', refresh_token: 'Anwendung' },
    address: 'Adresse',
    began: 'Begonnen',
    lastUse: 'Zuletzt benutzt',
    end: 'Beenden',
    passwordTitle: 'Passwort',
    setPassword: 'Passwort setzen',
    setPasswordText:
      'Sie setzen ein Passwort und teilen es der Person mit. Alle Tokens und Sitzungen des Kontos enden.',
    makeLink: 'Link erstellen',
    makeLinkText:
      'Die Person setzt über einen Link selbst ein Passwort, und niemand sonst kennt es. Das ist der bessere Weg. Ein früherer Link gilt dann nicht mehr.',
    notActive: 'Das Konto ist nicht aktiv: Ein Link hätte keinen Nutzen.',
    signOut: 'Überall abmelden',
    disable: 'Sperren',
    enable: 'Freigeben',
    removeFactor: 'Zweiten Faktor entfernen',
    removeFactorText:
      'Danach genügt zur Anmeldung das Passwort, und die Person kann einen neuen zweiten Faktor einrichten. Alle Tokens und Sitzungen des Kontos enden. Vergewissern Sie sich, mit wem Sie sprechen: Auch ein Dieb bittet darum.',
    delete: 'Löschen',
    deleteText:
      'Die Person kann sich nicht mehr anmelden, und alle Tokens und Sitzungen enden. Der Datensatz und der Name bleiben: Sie können das Konto wieder freigeben.',
    purge: 'Endgültig löschen',
    purgeText:
      'Alles, was zu dem Konto gespeichert ist, wird entfernt: Datensatz, Gruppen, zweiter Faktor, Sitzungen. Niemand kann es zurückholen. Der Name bleibt reserviert, damit sich niemand als diese Person ausgibt.',
    typeName: 'Geben Sie zur Bestätigung den Benutzernamen ein',
    wrongName: 'So heißt das Konto nicht.',
    freeName: 'Der Name ist sofort für andere frei, obwohl es noch Tokens mit ihm geben kann'
  },
  fr: {
    id: 'Identifiant',
    set: 'défini',
    notSet: 'non défini',
    passwordChanged: 'Mot de passe modifié',
    linkExpires: 'Fin du lien',
    secondFactor: 'Second facteur',
    managedByFile: 'géré par le fichier des utilisateurs',
    sessions: 'Sessions',
    noSessions: 'Il n’y a aucune session.',
    device: 'Appareil',
    kind: 'Pour',
    kinds: { browser: 'navigateur', refresh_token: 'application' },
    address: 'Adresse',
    began: 'Début',
    lastUse: 'Dernière utilisation',
    end: 'Terminer',
    passwordTitle: 'Mot de passe',
    setPassword: 'Définir le mot de passe',
    setPasswordText:
      'Vous définissez un mot de passe que vous communiquez ensuite à la personne. Tous les jetons et sessions du compte prennent fin.',
    makeLink: 'Créer un lien',
    makeLinkText:
      'La personne définit un mot de passe par un lien, et personne d’autre ne le connaît. C’est la meilleure façon. Un lien créé auparavant ne sert alors plus.',
    notActive: 'Le compte n’est pas actif : un lien ne servirait à rien.',
    signOut: 'Déconnecter partout',
    disable: 'Désactiver',
    enable: 'Activer',
    removeFactor: 'Retirer le second facteur',
    removeFactorText:
      'La personne se connecte ensuite avec le seul mot de passe et peut configurer un nouveau second facteur. Tous les jetons et sessions du compte prennent fin. Assurez-vous de votre interlocuteur : un voleur demande la même chose.',
    delete: 'Supprimer',
    deleteText:
      'La personne ne peut plus se connecter, et tous les jetons et sessions prennent fin. L’enregistrement et le nom restent : vous pouvez réactiver le compte.',
    purge: 'Supprimer définitivement',
    purgeText:
      'Tout ce qui est conservé du compte disparaît : l’enregistrement, les groupes, le second facteur, les sessions. Personne ne peut le rétablir. Le nom reste réservé, afin que personne ne se fasse passer pour cette personne.',
    typeName: 'Saisissez le nom d’utilisateur pour confirmer',
    wrongName: 'Ce n’est pas le nom du compte.',
    freeName: 'Laisser le nom aux autres dès maintenant, bien que des jetons à ce nom puissent encore exister'
  },
  es: {
    id: 'Identificador',
    set: 'establecido',
    notSet: 'no establecido',
    passwordChanged: 'Cambio de contraseña',
    linkExpires: 'Fin del enlace',
    secondFactor: 'Segundo factor',
    managedByFile: 'gestionada por el archivo de usuarios',
    sessions: 'Sesiones',
    noSessions: 'No hay sesiones.',
    device: 'Dispositivo',
    kind: 'Para',
    kinds: { browser: 'navegador', refresh_token: 'aplicación' },
    address: 'Dirección',
    began: 'Comienzo',
    lastUse: 'Último uso',
    end: 'Terminar',
    passwordTitle: 'Contraseña',
    setPassword: 'Establecer la contraseña',
    setPasswordText:
      'Usted establece una contraseña y después se la comunica a la persona. Terminan todos los tokens y sesiones de la cuenta.',
    makeLink: 'Crear un enlace',
    makeLinkText:
      'La persona elige una contraseña con un enlace, y nadie más la conoce. Es la mejor manera. Un enlace creado antes deja de servir.',
    notActive: 'La cuenta no está activa: un enlace no serviría de nada.',
    signOut: 'Cerrar todas las sesiones',
    disable: 'Desactivar',
    enable: 'Activar',
    removeFactor: 'Quitar el segundo factor',
    removeFactorText:
      'Después la persona inicia sesión solo con la contraseña y puede configurar otro segundo factor. Terminan todos los tokens y sesiones de la cuenta. Asegúrese de con quién habla: un ladrón pide lo mismo.',
    delete: 'Eliminar',
    deleteText:
      'La persona ya no puede iniciar sesión, y terminan todos los tokens y sesiones. El registro y el nombre permanecen: puede activar la cuenta de nuevo.',
    purge: 'Eliminar para siempre',
    purgeText:
      'Desaparece todo lo que se guarda de la cuenta: el registro, los grupos, el segundo factor, las sesiones. Nadie puede recuperarla. El nombre queda reservado, para que nadie se haga pasar por esta persona.',
    typeName: 'Escriba el nombre de usuario para confirmar',
    wrongName: 'Este no es el nombre de la cuenta.',
    freeName: 'Dejar el nombre libre ya, aunque todavía pueda haber tokens con él'
  },
  zh: {
    id: 'ID',
    set: '已设置',
    notSet: '未设置',
    passwordChanged: '密码更改时间',
    linkExpires: '密码链接到期时间',
    secondFactor: '第二因素',
    managedByFile: '由用户文件管理',
    sessions: '会话',
    noSessions: '没有会话。',
    device: '设备',
    kind: '用于',
    kinds: { browser: '浏览器', refresh_token: '应用程序' },
    address: '地址',
    began: '开始时间',
    lastUse: '上次使用',
    end: '结束',
    passwordTitle: '密码',
    setPassword: '设置密码',
    setPasswordText: '由您设置密码，再告知用户。该账户的所有令牌和会话都会结束。',
    makeLink: '生成链接',
    makeLinkText: '用户通过链接自行设置密码，其他人都不知道。这是更好的方式。之前生成的链接将失效。',
    notActive: '该账户未处于正常状态，生成链接没有用处。',
    signOut: '在所有设备上退出登录',
    disable: '停用',
    enable: '启用',
    removeFactor: '移除第二因素',
    removeFactorText:
      '此后用户只需密码即可登录，并可重新设置第二因素。该账户的所有令牌和会话都会结束。请确认对方身份：盗用者也会提出同样的请求。',
    delete: '删除',
    deleteText: '用户将无法再登录，所有令牌和会话都会结束。记录和名称会保留，您可以重新启用该账户。',
    purge: '永久删除',
    purgeText:
      '该账户保存的所有内容都会被移除：记录、群组、第二因素和会话，且无法恢复。名称仍会保留，以免有人冒充该用户。',
    typeName: '请输入用户名以确认',
    wrongName: '这不是该账户的名称。',
    freeName: '立即让他人可以使用该名称，尽管可能仍有使用该名称的令牌'
  }
}
