import type { Translations } from '../languages.js'

/** The texts of the form for a new password. */
export interface PasswordChangeTexts {
  readonly title: string
  readonly change: string
  readonly effect: string
  /** At least 2. */
  readonly rule: (minLength: number) => string
  readonly advice: string
  readonly mistake: (minLength: number) => string
  readonly missing: string
  readonly wrong: string
}

/** See `PasswordChangeTexts`. */
export const passwordChangeTexts: Translations<PasswordChangeTexts> = {
  en: {
    title: 'Change your password',
    change: 'Change password',
    effect: 'This signs out all your other browsers and applications.',
    rule: (minLength) => `At least ${minLength} characters.`,
    advice: 'A few random words make a good password.',
    mistake: (minLength) => `Use between ${minLength} and 1024 characters.`,
    missing: 'Enter your current password.',
    wrong: 'This is not your current password.'
  },
  de: {
    title: 'Passwort ändern',
    change: 'Passwort ändern',
    effect: 'Das meldet Sie in allen anderen Browsern und Anwendungen ab.',
    rule: (minLength) => `Mindestens ${minLength} Zeichen.`,
    advice: 'Einige zufällig gewählte Wörter sind ein gutes Passwort.',
    mistake: (minLength) => `Verwenden Sie zwischen ${minLength} und 1024 Zeichen.`,
    missing: 'Geben Sie Ihr aktuelles Passwort ein.',
    wrong: 'Das ist nicht Ihr aktuelles Passwort.'
  },
  fr: {
    title: 'Changer votre mot de passe',
    change: 'Changer le mot de passe',
    effect: 'Tous vos autres navigateurs et applications seront déconnectés.',
    rule: (minLength) => `Au moins ${minLength} caractères.`,
    advice: 'Quelques mots tirés au hasard font un bon mot de passe.',
    mistake: (minLength) => `Utilisez entre ${minLength} et 1024 caractères.`,
    missing: 'Saisissez votre mot de passe actuel.',
    wrong: 'Ce n’est pas votre mot de passe actuel.'
  },
  es: {
    title: 'Cambiar su contraseña',
    change: 'Cambiar la contraseña',
    effect: 'Se cerrará la sesión en todos sus demás navegadores y aplicaciones.',
    rule: (minLength) => `Al menos ${minLength} caracteres.`,
    advice: 'Unas cuantas palabras al azar forman una buena contraseña.',
    mistake: (minLength) => `Use entre ${minLength} y 1024 caracteres.`,
    missing: 'Introduzca su contraseña actual.',
    wrong: 'Esa no es su contraseña actual.'
  },
  zh: {
    title: '更改您的密码',
    change: '更改密码',
    effect: '这会使您在所有其他浏览器和应用程序中退出登录。',
    rule: (minLength) => `至少 ${minLength} 个字符。`,
    advice: '几个随机的词语就是很好的密码。',
    mistake: (minLength) => `请使用 ${minLength} 到 1024 个字符。`,
    missing: '请输入您当前的密码。',
    wrong: '这不是您当前的密码。'
  }
}
