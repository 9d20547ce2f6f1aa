import type { Translations } from '../languages.js'

/** The texts of the form for a new password. */
export interface PasswordChangeTexts {
  readonly title: string
  readonly change: string
  readonly effect: string
  readonly missing: string
  readonly wrong: string
}

/** See `PasswordChangeTexts`. */
export const passwordChangeTexts: Translations<PasswordChangeTexts> = {
  en: {
    title: 'Change your password',
    change: 'Change password',
    effect: 'This signs out all your other browsers and applications.',
    missing: 'Enter your current password.',
    wrong: 'This is not your current password.'
  },
  de: {
    title: 'Passwort ändern',
    change: 'Passwort ändern',
    effect: 'Das meldet Sie in allen anderen Browsern und Anwendungen ab.',
    missing: 'Geben Sie Ihr aktuelles Passwort ein.',
    wrong: 'Das ist nicht Ihr aktuelles Passwort.'
  },
  fr: {
    title: 'Changer votre mot de passe',
    change: 'Changer le mot de passe',
    effect: 'Tous vos autres navigateurs et applications seront déconnectés.',
    missing: 'Saisissez votre mot de passe actuel.',
    wrong: 'Ce n’est pas votre mot de passe actuel.'
  },
  es: {
    title: 'Cambiar su contraseña',
    change: 'Cambiar la contraseña',
    effect: 'Se cerrará la sesión en todos sus demás navegadores y aplicaciones.',
    missing: 'Introduzca su contraseña actual.',
    wrong: 'Esa no es su contraseña actual.'
  },
  zh: {
    title: '更改您的密码',
    change: '更改密码',
    effect: '这会使您在所有其他浏览器和应用程序中退出登录。',
    missing: '请输入您当前的密码。',
    wrong: '这不是您当前的密码。'
  }
}
