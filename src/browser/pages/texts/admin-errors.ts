import type { RefusalName } from '../../../errors/refusals.js'
import type { Translations } from '../languages.js'

/** The sentences that tell an operator of a refusal. */
export const operatorRefusals: Translations<Partial<Record<RefusalName, string>>> = {
  en: {
    InsufficientScopeError: 'Only members of the group postern-admins may see this page.',
    AuthenticationRequiredError: 'You are not signed in any more. Sign in again.',
    UserDoesNotExistError: 'There is no such account, or it is not active.',
    UserAlreadyExistsError: 'This name is taken, or reserved for the account that had it.',
    EmailTakenError: 'Another account has this address.',
    ExternalIdTakenError: 'Another account has this id.',
    ManagedByFileError: 'The users file of the service sets the password of this account. Change it there.',
    PreconditionFailedError: 'The account has changed meanwhile. Look at it again, then repeat the change.',
    SessionDoesNotExistError: 'This session has ended already.',
    InvitationDoesNotExistError: 'There is no such invitation any more.',
    ApiKeyDoesNotExistError: 'There is no such API key any more.',
    SigningKeyDoesNotExistError: 'There is no such signing key any more.',
    SigningKeyRefusedError:
      'The signing keys cannot be changed so: there is a next key already, or it is the only key, or the settings give it.'
  },
  de: {
    InsufficientScopeError: 'Diese Seite dürfen nur Mitglieder der Gruppe postern-admins sehen.',
    AuthenticationRequiredError: 'Sie sind nicht mehr angemeldet. Melden Sie sich erneut an.',
    UserDoesNotExistError: 'Dieses Konto gibt es nicht, oder es ist nicht aktiv.',
    UserAlreadyExistsError: 'Dieser Name ist vergeben oder für das Konto reserviert, das ihn zuvor hatte.',
    EmailTakenError: 'Ein anderes Konto hat diese Adresse.',
    ExternalIdTakenError: 'Ein anderes Konto hat diese Kennung.',
    ManagedByFileError:
      'Das Passwort dieses Kontos steht in der Benutzerdatei des Dienstes. Ändern Sie es dort.',
    PreconditionFailedError:
      'Das Konto wurde inzwischen geändert. Sehen Sie es sich an, und wiederholen Sie die Änderung.',
    SessionDoesNotExistError: 'Diese Sitzung ist schon beendet.',
    InvitationDoesNotExistError: 'Diese Einladung gibt es nicht mehr.',
    ApiKeyDoesNotExistError: 'Diesen API-Schlüssel gibt es nicht mehr.',
    SigningKeyDoesNotExistError: 'Diesen Signaturschlüssel gibt es nicht mehr.',
    SigningKeyRefusedError:
      'So lassen sich die Signaturschlüssel nicht ändern: Es gibt schon einen nächsten, oder es ist der einzige, oder die Einstellungen geben ihn vor.'
  },
  fr: {
    InsufficientScopeError: 'Seuls les membres du groupe postern-admins peuvent voir cette page.',
    AuthenticationRequiredError: 'Vous n’êtes plus connecté. Reconnectez-vous.',
    UserDoesNotExistError: 'Ce compte n’existe pas, ou il n’est pas actif.',
    UserAlreadyExistsError: 'Ce nom est pris, ou réservé au compte qui le portait.',
    EmailTakenError: 'Un autre compte a cette adresse.',
    ExternalIdTakenError: 'Un autre compte a cet identifiant.',
    ManagedByFileError:
      'Le mot de passe de ce compte est défini dans le fichier des utilisateurs du service. Modifiez-le là.',
    PreconditionFailedError:
      'Le compte a été modifié entre-temps. Vérifiez-le, puis refaites la modification.',
    SessionDoesNotExistError: 'Cette session est déjà terminée.',
    InvitationDoesNotExistError: 'Cette invitation n’existe plus.',
    ApiKeyDoesNotExistError: 'Cette clé d’API n’existe plus.',
    SigningKeyDoesNotExistError: 'Cette clé de signature n’existe plus.',
    SigningKeyRefusedError:
      'Les clés de signature ne peuvent pas être modifiées ainsi : il y a déjà une clé suivante, ou c’est la seule clé, ou elle vient des réglages.'
  },
  es: {
    InsufficientScopeError: 'Solo los miembros del grupo postern-admins pueden ver esta página.',
    AuthenticationRequiredError: 'Su sesión ha terminado. Inicie sesión de nuevo.',
    UserDoesNotExistError: 'Esta cuenta no existe o no está activa.',
    UserAlreadyExistsError: 'Este nombre está ocupado o reservado para la cuenta que lo tenía.',
    EmailTakenError: 'Otra cuenta tiene esta dirección.',
    ExternalIdTakenError: 'Otra cuenta tiene este identificador.',
    ManagedByFileError:
      'La contraseña de esta cuenta está en el archivo de usuarios del servicio. Cámbiela allí.',
    PreconditionFailedError: 'La cuenta ha cambiado entretanto. Revísela y repita el cambio.',
    SessionDoesNotExistError: 'Esta sesión ya ha terminado.',
    InvitationDoesNotExistError: 'Esta invitación ya no existe.',
    ApiKeyDoesNotExistError: 'Esta clave de API ya no existe.',
    SigningKeyDoesNotExistError: 'Esta clave de firma ya no existe.',
    SigningKeyRefusedError:
      'Las claves de firma no se pueden cambiar así: ya hay una siguiente, o es la única, o la da la configuración.'
  },
  zh: {
    InsufficientScopeError: '只有 postern-admins 群组的成员可以查看此页面。',
    AuthenticationRequiredError: '您已退出登录，请重新登录。',
    UserDoesNotExistError: '该账户不存在，或者未处于正常状态。',
    UserAlreadyExistsError: '该名称已被占用，或为曾使用它的账户保留。',
    EmailTakenError: '另一个账户已使用该邮箱地址。',
    ExternalIdTakenError: '另一个账户已使用该 ID。',
    ManagedByFileError: '该账户的密码由服务的用户文件设置，请在文件中更改。',
    PreconditionFailedError: '该账户在此期间已被更改，请查看后重新操作。',
    SessionDoesNotExistError: '该会话已经结束。',
    InvitationDoesNotExistError: '该邀请已不存在。',
    ApiKeyDoesNotExistError: '该 API 密钥已不存在。',
    SigningKeyDoesNotExistError: '该签名密钥已不存在。',
    SigningKeyRefusedError: '无法这样更改签名密钥：已有下一个密钥，或这是唯一的密钥，或密钥由设置指定。'
  }
}
