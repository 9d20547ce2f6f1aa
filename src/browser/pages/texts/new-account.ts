import type { Translations } from '../languages.js'

/** The texts of a new account, and of a new password by a link. */
export interface NewAccountTexts {
  readonly signUpTitle: string
  readonly closed: string
  readonly hasAccount: string
  readonly nameHint: string
  readonly nameRule: string
  readonly nameTaken: string
  readonly create: string
  readonly invitationTitle: string
  /** The e-mail address of the invitation follows. */
  readonly invited: string
  readonly passwordTitle: string
  /** The name of the account follows. */
  readonly passwordFor: string
  readonly setPassword: string
  readonly accountMade: string
  readonly passwordSet: string
  readonly goneTitle: string
  readonly gone: string
}

/** See `NewAccountTexts`. */
export const newAccountTexts: Translations<NewAccountTexts> = {
  en: {
    signUpTitle: 'Sign up',
    closed: 'Nobody can sign up here at the moment. Ask the people who run this service for an account.',
    hasAccount: 'You have an account already?',
    nameHint: 'You sign in with it. You cannot change it later.',
    nameRule:
      'A user name has 1 to 255 characters, all of them visible, and no space at its beginning or end.',
    nameTaken: 'This user name is taken. Please choose another one.',
    create: 'Create the account',
    invitationTitle: 'Create your account',
    invited: 'The invitation is for',
    passwordTitle: 'Set a new password',
    passwordFor: 'For the account',
    setPassword: 'Set the password',
    accountMade: 'Your account is ready. You can sign in now.',
    passwordSet: 'Your new password is set, and all devices are signed out. You can sign in now.',
    goneTitle: 'This link is no longer good',
    gone: 'It was used, or has expired, or is incomplete. Ask for a new one.'
  },
  de: {
    signUpTitle: 'Registrieren',
    closed:
      'Hier kann man sich zurzeit nicht registrieren. Bitten Sie die Betreiber dieses Dienstes um ein Konto.',
    hasAccount: 'Sie haben schon ein Konto?',
    nameHint: 'Damit melden Sie sich an. Sie können ihn später nicht ändern.',
    nameRule: 'Ein Benutzername hat 1 bis 255 sichtbare Zeichen und kein Leerzeichen am Anfang oder Ende.',
    nameTaken: 'Dieser Benutzername ist vergeben. Bitte wählen Sie einen anderen.',
    create: 'Konto anlegen',
    invitationTitle: 'Ihr Konto anlegen',
    invited: 'Die Einladung gilt für',
    passwordTitle: 'Neues Passwort festlegen',
    passwordFor: 'Für das Konto',
    setPassword: 'Passwort festlegen',
    accountMade: 'Ihr Konto ist bereit. Sie können sich jetzt anmelden.',
    passwordSet: 'Ihr neues Passwort gilt, und alle Geräte sind abgemeldet. Sie können sich jetzt anmelden.',
    goneTitle: 'Dieser Link gilt nicht mehr',
    gone: 'Er wurde benutzt, ist abgelaufen oder unvollständig. Bitten Sie um einen neuen.'
  },
  fr: {
    signUpTitle: 'Créer un compte',
    closed:
      'Il n’est pas possible de créer un compte ici pour le moment. Demandez-en un aux responsables de ce service.',
    hasAccount: 'Vous avez déjà un compte ?',
    nameHint: 'Vous vous en servez pour vous connecter. Vous ne pourrez pas le modifier par la suite.',
    nameRule: 'Un nom d’utilisateur compte de 1 à 255 caractères visibles, sans espace au début ni à la fin.',
    nameTaken: 'Ce nom d’utilisateur est déjà pris. Veuillez en choisir un autre.',
    create: 'Créer le compte',
    invitationTitle: 'Créez votre compte',
    invited: 'L’invitation est destinée à',
    passwordTitle: 'Définir un nouveau mot de passe',
    passwordFor: 'Pour le compte',
    setPassword: 'Définir le mot de passe',
    accountMade: 'Votre compte est prêt. Vous pouvez maintenant vous connecter.',
    passwordSet:
      'Votre nouveau mot de passe est défini et tous les appareils sont déconnectés. Vous pouvez maintenant vous connecter.',
    goneTitle: 'Ce lien n’est plus valable',
    gone: 'Il a été utilisé, a expiré ou est incomplet. Demandez-en un nouveau.'
  },
  es: {
    signUpTitle: 'Crear una cuenta',
    closed:
      'En este momento no es posible crear una cuenta aquí. Pídala a quienes administran este servicio.',
    hasAccount: '¿Ya tiene una cuenta?',
    nameHint: 'Con él inicia sesión. No podrá cambiarlo más tarde.',
    nameRule:
      'Un nombre de usuario tiene de 1 a 255 caracteres visibles, sin espacios al principio ni al final.',
    nameTaken: 'Este nombre de usuario ya está en uso. Elija otro.',
    create: 'Crear la cuenta',
    invitationTitle: 'Cree su cuenta',
    invited: 'La invitación es para',
    passwordTitle: 'Establecer una contraseña nueva',
    passwordFor: 'Para la cuenta',
    setPassword: 'Establecer la contraseña',
    accountMade: 'Su cuenta está lista. Ya puede iniciar sesión.',
    passwordSet:
      'Su contraseña nueva ya es válida y se ha cerrado la sesión en todos los dispositivos. Ya puede iniciar sesión.',
    goneTitle: 'Este enlace ya no es válido',
    gone: 'Se ha utilizado, ha caducado o está incompleto. Pida uno nuevo.'
  },
  zh: {
    signUpTitle: '注册',
    closed: '目前无法在此注册。请向本服务的运营者申请账户。',
    hasAccount: '已有账户？',
    nameHint: '用于登录，以后无法更改。',
    nameRule: '用户名须为 1 至 255 个可见字符，开头和结尾不能有空格。',
    nameTaken: '此用户名已被占用，请另选一个。',
    create: '创建账户',
    invitationTitle: '创建您的账户',
    invited: '此邀请的对象：',
    passwordTitle: '设置新密码',
    passwordFor: '账户：',
    setPassword: '设置密码',
    accountMade: '您的账户已创建，现在可以登录。',
    passwordSet: '新密码已生效，所有设备均已退出登录。现在可以登录。',
    goneTitle: '此链接已失效',
    gone: '链接已被使用、已过期或不完整。请索取新的链接。'
  }
}
