import type { Translations } from '../languages.js'

/** The texts of the second step of a sign-in. */
export interface SecondStepTexts {
  /** A name follows. */
  readonly signingInAs: string
  readonly cancel: string
  readonly continue: string
  readonly codeTitle: string
  readonly setUpTitle: string
  readonly setUpReason: string
  readonly setUpStart: string
}

/** See `SecondStepTexts`. */
export const secondStepTexts: Translations<SecondStepTexts> = {
  en: {
    signingInAs: 'You are signing in as',
    cancel: 'Cancel this sign-in',
    continue: 'Continue',
    codeTitle: 'Enter your code',
    setUpTitle: 'Set up a second factor',
    setUpReason:
      'This account needs a second factor: beside the password, a code that an authenticator app on your phone or computer shows.',
    setUpStart: 'Set it up now'
  },
  de: {
    signingInAs: 'Sie melden sich an als',
    cancel: 'Anmeldung abbrechen',
    continue: 'Weiter',
    codeTitle: 'Code eingeben',
    setUpTitle: 'Zweiten Faktor einrichten',
    setUpReason:
      'Dieses Konto braucht einen zweiten Faktor: neben dem Passwort einen Code, den eine Authenticator-App auf Ihrem Telefon oder Computer anzeigt.',
    setUpStart: 'Jetzt einrichten'
  },
  fr: {
    signingInAs: 'Vous vous connectez en tant que',
    cancel: 'Annuler cette connexion',
    continue: 'Continuer',
    codeTitle: 'Saisissez votre code',
    setUpTitle: 'Configurer un second facteur',
    setUpReason:
      'Ce compte a besoin d’un second facteur : en plus du mot de passe, un code affiché par une application d’authentification sur votre téléphone ou votre ordinateur.',
    setUpStart: 'Le configurer maintenant'
  },
  es: {
    signingInAs: 'Va a iniciar sesión como',
    cancel: 'Cancelar este inicio de sesión',
    continue: 'Continuar',
    codeTitle: 'Introduzca su código',
    setUpTitle: 'Configurar un segundo factor',
    setUpReason:
      'Esta cuenta necesita un segundo factor: además de la contraseña, un código que muestra una aplicación de autenticación en su teléfono u ordenador.',
    setUpStart: 'Configurarlo ahora'
  },
  zh: {
    signingInAs: '您正在登录的账户：',
    cancel: '取消此次登录',
    continue: '继续',
    codeTitle: '请输入验证码',
    setUpTitle: '设置第二重验证',
    setUpReason: '此账户需要第二重验证：除密码外，还需要手机或电脑上的身份验证器应用所显示的验证码。',
    setUpStart: '立即设置'
  }
}
