import type { Translations } from '../languages.js'

/** The texts of the first step of a sign-in, and of signing out. */
export interface SignInTexts {
  readonly title: string
  readonly wrong: string
  readonly nameMissing: string
  readonly passwordMissing: string
  /** For a sign-in that has waited too long for its second step. */
  readonly expired: string
  /** For somebody without an account; a link to sign up follows. */
  readonly isNewHere: string
  /** For somebody who is signed in, and gives the password once more. */
  readonly againTitle: string
  readonly againReason: string
  readonly isSomebodyElse: string
  readonly signedOut: string
  readonly signOutQuestion: string
  readonly nobody: string
}

/** See `SignInTexts`. */
export const signInTexts: Translations<SignInTexts> = {
  en: {
    title: 'Sign in',
    wrong: 'The user name or the password is wrong.',
    nameMissing: 'Enter your user name.',
    passwordMissing: 'Enter your password.',
    expired: 'The sign-in has taken too long. Please sign in again.',
    isNewHere: 'No account yet?',
    againTitle: 'Enter your password again',
    againReason: 'You are signed in. For the next step, please give your password once more.',
    isSomebodyElse: 'Not you?',
    signedOut: 'You are signed out.',
    signOutQuestion: 'Do you want to sign out?',
    nobody: 'Nobody is signed in in this browser.'
  },
  de: {
    title: 'Anmelden',
    wrong: 'Der Benutzername oder das Passwort ist falsch.',
    nameMissing: 'Geben Sie Ihren Benutzernamen ein.',
    passwordMissing: 'Geben Sie Ihr Passwort ein.',
    expired: 'Die Anmeldung hat zu lange gedauert. Bitte melden Sie sich noch einmal an.',
    isNewHere: 'Noch kein Konto?',
    againTitle: 'Passwort noch einmal eingeben',
    againReason:
      'Sie sind angemeldet. Bitte geben Sie für den nächsten Schritt Ihr Passwort noch einmal ein.',
    isSomebodyElse: 'Das sind nicht Sie?',
    signedOut: 'Sie sind abgemeldet.',
    signOutQuestion: 'Möchten Sie sich abmelden?',
    nobody: 'In diesem Browser ist niemand angemeldet.'
  },
  fr: {
    title: 'Se connecter',
    wrong: 'Le nom d’utilisateur ou le mot de passe est incorrect.',
    nameMissing: 'Saisissez votre nom d’utilisateur.',
    passwordMissing: 'Saisissez votre mot de passe.',
    expired: 'La connexion a pris trop de temps. Veuillez vous connecter à nouveau.',
    isNewHere: 'Pas encore de compte ?',
    againTitle: 'Saisissez à nouveau votre mot de passe',
    againReason:
      'Vous êtes connecté. Pour l’étape suivante, veuillez saisir votre mot de passe encore une fois.',
    isSomebodyElse: 'Ce n’est pas vous ?',
    signedOut: 'Vous êtes déconnecté.',
    signOutQuestion: 'Voulez-vous vous déconnecter ?',
    nobody: 'Personne n’est connecté dans ce navigateur.'
  },
  es: {
    title: 'Iniciar sesión',
    wrong: 'El nombre de usuario o la contraseña no son correctos.',
    nameMissing: 'Introduzca su nombre de usuario.',
    passwordMissing: 'Introduzca su contraseña.',
    expired: 'El inicio de sesión ha tardado demasiado. Vuelva a iniciar sesión.',
    isNewHere: '¿Aún no tiene cuenta?',
    againTitle: 'Introduzca de nuevo su contraseña',
    againReason: 'Ya ha iniciado sesión. Para el siguiente paso, introduzca su contraseña una vez más.',
    isSomebodyElse: '¿No es usted?',
    signedOut: 'Ha cerrado la sesión.',
    signOutQuestion: '¿Quiere cerrar la sesión?',
    nobody: 'Nadie ha iniciado sesión en este navegador.'
  },
  zh: {
    title: '登录',
    wrong: '用户名或密码不正确。',
    nameMissing: '请输入用户名。',
    passwordMissing: '请输入密码。',
    expired: '登录用时过长，请重新登录。',
    isNewHere: '还没有账户？',
    againTitle: '请再次输入密码',
    againReason: '您已登录。要继续下一步，请再次输入密码。',
    isSomebodyElse: '不是您本人？',
    signedOut: '您已退出登录。',
    signOutQuestion: '要退出登录吗？',
    nobody: '此浏览器中没有人登录。'
  }
}
