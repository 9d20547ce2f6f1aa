import type { Translations } from '../languages.js'

/** The texts of the second step of a sign-in. */
export interface SecondStepTexts {
  /** A name follows. */
  readonly signingInAs: string
  readonly startAgain: string
  readonly continue: string
  readonly codeTitle: string
  readonly code: string
  readonly codeHint: string
  readonly wrongCode: string
  readonly setUpTitle: string
  readonly setUpReason: string
  readonly setUpStart: string
}

/** See `SecondStepTexts`. */
export const secondStepTexts: Translations<SecondStepTexts> = {
  en: {
    signingInAs: 'You are signing in as',
    startAgain: 'Start again',
    continue: 'Continue',
    codeTitle: 'Enter your code',
    code: 'Code',
    codeHint: 'The 6 digits that your authenticator app shows, or one of your recovery codes.',
    wrongCode: 'The code is wrong, or was used before. The app shows a new one every 30 seconds.',
    setUpTitle: 'Set up a second factor',
    setUpReason:
      'This account needs a second factor: beside the password, a code that an authenticator app on your phone or computer shows.',
    setUpStart: 'Set it up now'
  },
  de: {
    signingInAs: 'Sie melden sich an als',
    startAgain: 'Von vorn beginnen',
    continue: 'Weiter',
    codeTitle: 'Code eingeben',
    code: 'Code',
    codeHint: 'Die 6 Ziffern, die Ihre Authenticator-App anzeigt, oder einer Ihrer Wiederherstellungscodes.',
    wrongCode: 'Der Code ist falsch oder wurde schon benutzt. Die App zeigt alle 30 Sekunden einen neuen.',
    setUpTitle: 'Zweiten Faktor einrichten',
    setUpReason:
      'Dieses Konto braucht einen zweiten Faktor: neben dem Passwort einen Code, den eine Authenticator-App auf Ihrem Telefon oder Computer anzeigt.',
    setUpStart: 'Jetzt einrichten'
  },
  fr: {
    signingInAs: 'Vous vous connectez en tant que',
    startAgain: 'Recommencer',
    continue: 'Continuer',
    codeTitle: 'Saisissez votre code',
    code: 'Code',
    codeHint:
      'Les 6 chiffres affichés par votre application d’authentification, ou l’un de vos codes de récupération.',
    wrongCode:
      'Le code est incorrect ou a déjà été utilisé. L’application en affiche un nouveau toutes les 30 secondes.',
    setUpTitle: 'Configurer un second facteur',
    setUpReason:
      'Ce compte a besoin d’un second facteur : en plus du mot de passe, un code affiché par une application d’authentification sur votre téléphone ou votre ordinateur.',
    setUpStart: 'Le configurer maintenant'
  },
  es: {
    signingInAs: 'Va a iniciar sesión como',
    startAgain: 'Empezar de nuevo',
    continue: 'Continuar',
    codeTitle: 'Introduzca su código',
    code: 'Código',
    codeHint:
      'Los 6 dígitos que muestra su aplicación de autenticación, o uno de sus códigos de recuperación.',
    wrongCode:
      'El código no es correcto o ya se ha utilizado. La aplicación muestra uno nuevo cada 30 segundos.',
    setUpTitle: 'Configurar un segundo factor',
    setUpReason:
      'Esta cuenta necesita un segundo factor: además de la contraseña, un código que muestra una aplicación de autenticación en su teléfono u ordenador.',
    setUpStart: 'Configurarlo ahora'
  },
  zh: {
    signingInAs: '您正在登录的账户：',
    startAgain: '重新开始',
    continue: '继续',
    codeTitle: '请输入验证码',
    code: '验证码',
    codeHint: '身份验证器应用显示的 6 位数字，或您的一个恢复码。',
    wrongCode: '验证码不正确或已被使用。应用每 30 秒显示一个新的验证码。',
    setUpTitle: '设置第二重验证',
    setUpReason: '此账户需要第二重验证：除密码外，还需要手机或电脑上的身份验证器应用所显示的验证码。',
    setUpStart: '立即设置'
  }
}
