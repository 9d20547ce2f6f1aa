import type { Translations } from '../languages.js'

/** The texts of the fields on the operator's forms. */
export interface AdminFieldTexts {
  readonly emailVerified: string
  readonly emailHint: string
  readonly groupsHint: string
  readonly claims: string
  readonly claimsHint: string
  readonly expiresAt: string
  readonly expiresAtHint: string
  readonly externalId: string
  readonly externalIdHint: string
  /** Each says what a field takes, by its name, and is told beside it after a mistake. */
  readonly rules: Readonly<Record<string, string>>
}

/** See `AdminFieldTexts`. */
export const adminFieldTexts: Translations<AdminFieldTexts> = {
  en: {
    emailVerified: 'The address is verified',
    emailHint: 'A changed address is not verified: save it first, then tick the box.',
    groupsHint: 'One on each line. Members of postern-admins may do everything here.',
    claims: 'Claims',
    claimsHint: 'A JSON object that all tokens of the account carry, such as {"team": "red"}.',
    expiresAt: 'Expires at',
    expiresAtHint: 'In UTC. From then on the account is barred.',
    externalId: 'External id',
    externalIdHint: 'Its id in the system that it came from.',
    rules: {
      user: 'Enter 1 to 255 visible characters, without a space at the beginning or the end.',
      email: 'Enter an e-mail address of at most 254 characters.',
      email_verified: 'Only an address can be verified: enter one.',
      display_name: 'Enter at most 255 characters on one line.',
      groups:
        'Enter at most 100 groups, each of 1 to 64 letters, digits and the characters . _ : - that begins with a letter or a digit.',
      claims:
        'Enter a JSON object of at most 4 KiB and 8 levels, in which no member is null. Postern makes claims such as sub, groups and email itself.',
      expires_at: 'Enter a date and a time, such as 2031-12-24 18:00.',
      external_id: 'Enter at most 255 characters on one line.',
      pass: 'The password is empty, too short, or too long.',
      invite: 'Only an account that is active now can be invited.',
      name: 'Enter 1 to 64 visible characters that no other key has for its name.',
      scopes: 'Choose at least one right.',
      expires_in: 'Choose one of these.'
    }
  },
  de: {
    emailVerified: 'Die Adresse ist bestätigt',
    emailHint:
      'Eine geänderte Adresse ist nicht bestätigt: Speichern Sie sie zuerst, und setzen Sie dann das Häkchen.',
    groupsHint: 'Eine je Zeile. Mitglieder von postern-admins dürfen hier alles.',
    claims: 'Claims',
    claimsHint: 'Ein JSON-Objekt, das in allen Tokens des Kontos steht, etwa {"team": "rot"}.',
    expiresAt: 'Läuft ab am',
    expiresAtHint: 'In UTC. Von da an ist das Konto gesperrt.',
    externalId: 'Externe Kennung',
    externalIdHint: 'Die Kennung in dem System, aus dem das Konto stammt.',
    rules: {
      user: 'Geben Sie 1 bis 255 sichtbare Zeichen ein, ohne Leerzeichen am Anfang oder am Ende.',
      email: 'Geben Sie eine E-Mail-Adresse mit höchstens 254 Zeichen ein.',
      email_verified: 'Nur eine Adresse kann bestätigt sein: Geben Sie eine ein.',
      display_name: 'Geben Sie höchstens 255 Zeichen in einer Zeile ein.',
      groups:
        'Geben Sie höchstens 100 Gruppen ein, jede aus 1 bis 64 Buchstaben, Ziffern und den Zeichen . _ : - und mit einem Buchstaben oder einer Ziffer am Anfang.',
      claims:
        'Geben Sie ein JSON-Objekt mit höchstens 4 KiB und 8 Ebenen ein, in dem kein Wert null ist. Claims wie sub, groups und email setzt Postern selbst.',
      expires_at: 'Geben Sie Datum und Uhrzeit ein, etwa 2031-12-24 18:00.',
      external_id: 'Geben Sie höchstens 255 Zeichen in einer Zeile ein.',
      pass: 'Das Passwort ist leer, zu kurz oder zu lang.',
      invite: 'Nur ein Konto, das jetzt aktiv ist, kann eingeladen werden.',
      name: 'Geben Sie 1 bis 64 sichtbare Zeichen ein, die kein anderer Schlüssel als Namen hat.',
      scopes: 'Wählen Sie mindestens ein Recht.',
      expires_in: 'Wählen Sie eine der Möglichkeiten.'
    }
  },
  fr: {
    emailVerified: 'L’adresse est vérifiée',
    emailHint: 'Une adresse modifiée n’est pas vérifiée : enregistrez-la d’abord, puis cochez la case.',
    groupsHint: 'Un par ligne. Les membres de postern-admins peuvent tout faire ici.',
    claims: 'Claims',
    claimsHint: 'Un objet JSON que portent tous les jetons du compte, par exemple {"team": "red"}.',
    expiresAt: 'Expire le',
    expiresAtHint: 'En UTC. À partir de ce moment, le compte est bloqué.',
    externalId: 'Identifiant externe',
    externalIdHint: 'Son identifiant dans le système d’où il vient.',
    rules: {
      user: 'Saisissez de 1 à 255 caractères visibles, sans espace au début ni à la fin.',
      email: 'Saisissez une adresse e-mail de 254 caractères au plus.',
      email_verified: 'Seule une adresse peut être vérifiée : saisissez-en une.',
      display_name: 'Saisissez au plus 255 caractères sur une seule ligne.',
      groups:
        'Saisissez au plus 100 groupes, chacun de 1 à 64 lettres, chiffres et caractères . _ : - commençant par une lettre ou un chiffre.',
      claims:
        'Saisissez un objet JSON de 4 Kio et de 8 niveaux au plus, sans valeur null. Postern définit lui-même les claims comme sub, groups et email.',
      expires_at: 'Saisissez une date et une heure, par exemple 2031-12-24 18:00.',
      external_id: 'Saisissez au plus 255 caractères sur une seule ligne.',
      pass: 'Le mot de passe est vide, trop court ou trop long.',
      invite: 'Seul un compte actif peut être invité.',
      name: 'Saisissez de 1 à 64 caractères visibles qui ne sont le nom d’aucune autre clé.',
      scopes: 'Choisissez au moins un droit.',
      expires_in: 'Choisissez une de ces possibilités.'
    }
  },
  es: {
    emailVerified: 'La dirección está verificada',
    emailHint: 'Una dirección cambiada no está verificada: guárdela primero y después marque la casilla.',
    groupsHint: 'Uno por línea. Los miembros de postern-admins pueden hacer todo aquí.',
    claims: 'Claims',
    claimsHint: 'Un objeto JSON que llevan todos los tokens de la cuenta, por ejemplo {"team": "red"}.',
    expiresAt: 'Caduca el',
    expiresAtHint: 'En UTC. Desde entonces la cuenta queda bloqueada.',
    externalId: 'Identificador externo',
    externalIdHint: 'Su identificador en el sistema del que procede.',
    rules: {
      user: 'Escriba de 1 a 255 caracteres visibles, sin espacios al principio ni al final.',
      email: 'Escriba un correo electrónico de 254 caracteres como máximo.',
      email_verified: 'Solo se puede verificar una dirección: escriba una.',
      display_name: 'Escriba como máximo 255 caracteres en una sola línea.',
      groups:
        'Escriba como máximo 100 grupos, cada uno de 1 a 64 letras, cifras y los caracteres . _ : - que empiece por una letra o una cifra.',
      claims:
        'Escriba un objeto JSON de 4 KiB y 8 niveles como máximo, sin ningún valor null. Postern define por sí mismo claims como sub, groups y email.',
      expires_at: 'Escriba una fecha y una hora, por ejemplo 2031-12-24 18:00.',
      external_id: 'Escriba como máximo 255 caracteres en una sola línea.',
      pass: 'La contraseña está vacía o es demasiado corta o demasiado larga.',
      invite: 'Solo se puede invitar a una cuenta que esté activa ahora.',
      name: 'Escriba de 1 a 64 caracteres visibles que no sean el nombre de otra clave.',
      scopes: 'Elija al menos un permiso.',
      expires_in: 'Elija una de estas opciones.'
    }
  },
  zh: {
    emailVerified: '该地址已验证',
    emailHint: '更改后的地址视为未验证：请先保存，再勾选此项。',
    groupsHint: '每行一个。postern-admins 的成员可在此执行任何操作。',
    claims: '声明（claims）',
    claimsHint: '该账户的所有令牌都会携带的 JSON 对象，例如 {"team": "red"}。',
    expiresAt: '到期时间',
    expiresAtHint: '以 UTC 表示。到期后该账户将被禁止使用。',
    externalId: '外部 ID',
    externalIdHint: '该账户在来源系统中的 ID。',
    rules: {
      user: '请输入 1 到 255 个可见字符，开头和结尾不能有空格。',
      email: '请输入不超过 254 个字符的电子邮箱地址。',
      email_verified: '只有邮箱地址才能标记为已验证，请先输入地址。',
      display_name: '请输入不超过 255 个字符，且只占一行。',
      groups: '最多 100 个群组；每个由 1 到 64 个字母、数字以及 . _ : - 组成，并以字母或数字开头。',
      claims:
        '请输入不超过 4 KiB、不超过 8 层的 JSON 对象，其中不能有 null 值。sub、groups、email 等声明由 Postern 自行生成。',
      expires_at: '请输入日期和时间，例如 2031-12-24 18:00。',
      external_id: '请输入不超过 255 个字符，且只占一行。',
      pass: '密码为空、过短或过长。',
      invite: '只能邀请当前有效的账户。',
      name: '请输入 1 到 64 个可见字符，且不能与其他密钥重名。',
      scopes: '请至少选择一项权限。',
      expires_in: '请从列表中选择一项。'
    }
  }
}
