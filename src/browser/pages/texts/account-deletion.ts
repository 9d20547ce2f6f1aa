import type { Translations } from '../languages.js'

/** The texts of the deletion of one's own account, and of the page after it. */
export interface AccountDeletionTexts {
  readonly title: string
  readonly effects: readonly string[]
  readonly submit: string
  readonly goodbye: string
  readonly deleted: string
}

/** See `AccountDeletionTexts`. */
export const accountDeletionTexts: Translations<AccountDeletionTexts> = {
  en: {
    title: 'Delete your account',
    effects: [
      'You are signed out everywhere, and cannot sign in again.',
      'Your user name stays taken: nobody can have it, not even you.',
      'You cannot undo this.'
    ],
    submit: 'Delete my account',
    goodbye: 'Goodbye',
    deleted: 'Your account was deleted, and you are signed out everywhere.'
  },
  de: {
    title: 'Konto löschen',
    effects: [
      'Sie werden überall abgemeldet und können sich nicht mehr anmelden.',
      'Ihr Benutzername bleibt vergeben: Niemand kann ihn mehr bekommen, auch Sie nicht.',
      'Sie können das nicht rückgängig machen.'
    ],
    submit: 'Mein Konto löschen',
    goodbye: 'Auf Wiedersehen',
    deleted: 'Ihr Konto wurde gelöscht, und Sie sind überall abgemeldet.'
  },
  fr: {
    title: 'Supprimer votre compte',
    effects: [
      'Vous serez déconnecté partout et ne pourrez plus vous connecter.',
      'Votre nom d’utilisateur restera réservé : personne ne pourra le prendre, pas même vous.',
      'Vous ne pourrez pas revenir en arrière.'
    ],
    submit: 'Supprimer mon compte',
    goodbye: 'Au revoir',
    deleted: 'Votre compte a été supprimé et vous êtes déconnecté partout.'
  },
  es: {
    title: 'Eliminar su cuenta',
    effects: [
      'Se cerrará su sesión en todas partes y no podrá volver a iniciarla.',
      'Su nombre de usuario quedará reservado: nadie podrá usarlo, tampoco usted.',
      'No podrá deshacerlo.'
    ],
    submit: 'Eliminar mi cuenta',
    goodbye: 'Hasta siempre',
    deleted: 'Se ha eliminado su cuenta y se ha cerrado su sesión en todas partes.'
  },
  zh: {
    title: '删除您的账户',
    effects: [
      '您会在所有位置退出登录，并且无法再次登录。',
      '您的用户名将一直被保留：任何人都不能使用，包括您自己。',
      '此操作无法撤销。'
    ],
    submit: '删除我的账户',
    goodbye: '再见',
    deleted: '您的账户已删除，并已在所有位置退出登录。'
  }
}
