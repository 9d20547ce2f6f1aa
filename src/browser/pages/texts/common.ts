import type { Translations } from '../languages.js'

/** The texts of the frame of each page, and of what any page may show. */
export interface CommonTexts {
  readonly skipToContent: string
  readonly account: string
  readonly administration: string
  readonly signIn: string
  readonly signOut: string
  readonly signUp: string
  readonly language: string
  readonly support: string
  readonly cancel: string
  readonly save: string
  readonly back: string
  readonly optional: string
  readonly userName: string
  readonly password: string
  readonly newPassword: string
  readonly currentPassword: string
  readonly emailAddress: string
  readonly displayName: string
  readonly copy: string
  readonly copied: string
  readonly never: string
  readonly yes: string
  readonly no: string
}

/** See `CommonTexts`. */
export const commonTexts: Translations<CommonTexts> = {
  en: {
    skipToContent: 'Skip to the content',
    account: 'Account',
    administration: 'Administration',
    signIn: 'Sign in',
    signOut: 'Sign out',
    signUp: 'Sign up',
    language: 'Language',
    support: 'Help',
    cancel: 'Cancel',
    save: 'Save',
    back: 'Back',
    optional: 'optional',
    userName: 'User name',
    password: 'Password',
    newPassword: 'New password',
    currentPassword: 'Current password',
    emailAddress: 'E-mail address',
    displayName: 'Display name',
    copy: 'Copy',
    copied: 'Copied',
    never: 'never',
    yes: 'yes',
    no: 'no'
  },
  de: {
    skipToContent: 'Zum Inhalt springen',
    account: 'Konto',
    administration: 'Verwaltung',
    signIn: 'Anmelden',
    signOut: 'Abmelden',
    signUp: 'Registrieren',
    language: 'Sprache',
    support: 'Hilfe',
    cancel: 'Abbrechen',
    save: 'Speichern',
    back: 'Zurück',
    optional: 'freiwillig',
    userName: 'Benutzername',
    password: 'Passwort',
    newPassword: 'Neues Passwort',
    currentPassword: 'Aktuelles Passwort',
    emailAddress: 'E-Mail-Adresse',
    displayName: 'Anzeigename',
    copy: 'Kopieren',
    copied: 'Kopiert',
    never: 'nie',
    yes: 'ja',
    no: 'nein'
  },
  fr: {
    skipToContent: 'Aller au contenu',
    account: 'Compte',
    administration: 'Administration',
    signIn: 'Se connecter',
    signOut: 'Se déconnecter',
    signUp: 'Créer un compte',
    language: 'Langue',
    support: 'Aide',
    cancel: 'Annuler',
    save: 'Enregistrer',
    back: 'Retour',
    optional: 'facultatif',
    userName: 'Nom d’utilisateur',
    password: 'Mot de passe',
    newPassword: 'Nouveau mot de passe',
    currentPassword: 'Mot de passe actuel',
    emailAddress: 'Adresse e-mail',
    displayName: 'Nom affiché',
    copy: 'Copier',
    copied: 'Copié',
    never: 'jamais',
    yes: 'oui',
    no: 'non'
  },
  es: {
    skipToContent: 'Ir al contenido',
    account: 'Cuenta',
    administration: 'Administración',
    signIn: 'Iniciar sesión',
    signOut: 'Cerrar sesión',
    signUp: 'Crear una cuenta',
    language: 'Idioma',
    support: 'Ayuda',
    cancel: 'Cancelar',
    save: 'Guardar',
    back: 'Volver',
    optional: 'opcional',
    userName: 'Nombre de usuario',
    password: 'Contraseña',
    newPassword: 'Contraseña nueva',
    currentPassword: 'Contraseña actual',
    emailAddress: 'Correo electrónico',
    displayName: 'Nombre visible',
    copy: 'Copiar',
    copied: 'Copiado',
    never: 'nunca',
    yes: 'sí',
    no: 'no'
  },
  zh: {
    skipToContent: '跳到正文',
    account: '账户',
    administration: '管理',
    signIn: '登录',
    signOut: '退出登录',
    signUp: '注册',
    language: '语言',
    support: '帮助',
    cancel: '取消',
    save: '保存',
    back: '返回',
    optional: '可选',
    userName: '用户名',
    password: '密码',
    newPassword: '新密码',
    currentPassword: '当前密码',
    emailAddress: '电子邮箱',
    displayName: '显示名称',
    copy: '复制',
    copied: '已复制',
    never: '从未',
    yes: '是',
    no: '否'
  }
}
