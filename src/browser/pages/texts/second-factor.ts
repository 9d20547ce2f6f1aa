import type { Translations } from '../languages.js'

/** The texts of the second factor of one's own account. */
export interface SecondFactorTexts {
  readonly meaning: string
  readonly setUp: string
  readonly needsApp: string
  readonly effect: string
  readonly since: string
  readonly codesLeft: string
  readonly showQr: string
  readonly scan: string
  readonly qr: string
  readonly typeKey: string
  readonly key: string
  readonly code: string
  readonly appCodeHint: string
  readonly anyCodeHint: string
  readonly turnOn: string
  readonly again: string
  readonly outdated: string
  readonly missing: string
  readonly wrong: string
  readonly none: string
  readonly codes: string
  readonly codesMeaning: string
  readonly keepCodes: string
  readonly kept: string
  readonly newCodes: string
  readonly newCodesEffect: string
  readonly replace: string
  readonly replaceEffect: string
  readonly remove: string
  readonly removeEffect: string
  readonly required: string
}

/** See `SecondFactorTexts`. */
export const secondFactorTexts: Translations<SecondFactorTexts> = {
  en: {
    meaning:
      'With a second factor your password alone signs nobody in: it also takes a code from an app on your phone.',
    setUp: 'Set up a second factor',
    needsApp: 'You need an authenticator app. Your password manager may be one.',
    effect: 'Once it is set up, all your other browsers and applications are signed out.',
    since: 'On since',
    codesLeft: 'Recovery codes left',
    showQr: 'Show the QR code',
    scan: 'Scan this QR code with your authenticator app.',
    qr: 'QR code with the key that stands below',
    typeKey: 'If you cannot scan it, type this key into the app:',
    key: 'Key',
    code: 'Code',
    appCodeHint: 'The 6 digits that the app shows now',
    anyCodeHint: 'From your app, or one of your recovery codes',
    turnOn: 'Turn on',
    again: 'Begin again with a new QR code',
    outdated: 'The QR code is too old. Please begin again.',
    missing: 'Enter a code.',
    wrong: 'This code is wrong, or was used before. Wait for the next one that the app shows.',
    none: 'Your account has no second factor any more.',
    codes: 'Your recovery codes',
    codesMeaning:
      'If you lose your phone, each of these codes signs you in once in place of a code from the app.',
    keepCodes: 'They are shown only now. Print them, or keep them in your password manager.',
    kept: 'I have kept them',
    newCodes: 'Make new recovery codes',
    newCodesEffect: 'The old ones stop working.',
    replace: 'Use another phone or app',
    replaceEffect: 'The present app stops working once the new one is set up.',
    remove: 'Remove the second factor',
    removeEffect: 'Your password alone signs you in then.',
    required: 'Your account must have a second factor: you can replace it, but not remove it.'
  },
  de: {
    meaning:
      'Mit einem zweiten Faktor genügt Ihr Passwort allein nicht mehr zum Anmelden: Es braucht auch einen Code aus einer App auf Ihrem Telefon.',
    setUp: 'Zweiten Faktor einrichten',
    needsApp: 'Sie brauchen eine Authenticator-App. Vielleicht ist Ihr Passwortmanager schon eine.',
    effect: 'Danach werden alle Ihre anderen Browser und Anwendungen abgemeldet.',
    since: 'Eingeschaltet seit',
    codesLeft: 'Verbleibende Wiederherstellungscodes',
    showQr: 'QR-Code anzeigen',
    scan: 'Scannen Sie diesen QR-Code mit Ihrer Authenticator-App.',
    qr: 'QR-Code mit dem Schlüssel, der darunter steht',
    typeKey: 'Wenn Sie ihn nicht scannen können, geben Sie diesen Schlüssel in die App ein:',
    key: 'Schlüssel',
    code: 'Code',
    appCodeHint: 'Die 6 Ziffern, die die App gerade zeigt',
    anyCodeHint: 'Aus Ihrer App oder einer Ihrer Wiederherstellungscodes',
    turnOn: 'Einschalten',
    again: 'Mit einem neuen QR-Code von vorn beginnen',
    outdated: 'Der QR-Code ist zu alt. Bitte beginnen Sie von vorn.',
    missing: 'Geben Sie einen Code ein.',
    wrong:
      'Dieser Code ist falsch oder wurde schon verwendet. Warten Sie auf den nächsten, den die App zeigt.',
    none: 'Ihr Konto hat keinen zweiten Faktor mehr.',
    codes: 'Ihre Wieder\u00adherstellungs\u00adcodes',
    codesMeaning:
      'Wenn Sie Ihr Telefon verlieren, können Sie sich mit jedem dieser Codes einmal anmelden, anstelle eines Codes aus der App.',
    keepCodes:
      'Sie werden nur jetzt angezeigt. Drucken Sie sie aus oder bewahren Sie sie in Ihrem Passwortmanager auf.',
    kept: 'Ich habe sie aufbewahrt',
    newCodes: 'Neue Wieder\u00adherstellungs\u00adcodes erstellen',
    newCodesEffect: 'Die alten gelten dann nicht mehr.',
    replace: 'Anderes Telefon oder andere App verwenden',
    replaceEffect: 'Die bisherige App gilt nicht mehr, sobald die neue eingerichtet ist.',
    remove: 'Zweiten Faktor entfernen',
    removeEffect: 'Danach genügt zum Anmelden allein Ihr Passwort.',
    required: 'Ihr Konto muss einen zweiten Faktor haben: Sie können ihn ersetzen, aber nicht entfernen.'
  },
  fr: {
    meaning:
      'Avec un second facteur, votre mot de passe seul ne suffit plus pour se connecter : il faut aussi un code fourni par une application sur votre téléphone.',
    setUp: 'Configurer un second facteur',
    needsApp:
      'Il vous faut une application d’authentification. Votre gestionnaire de mots de passe en est peut-être une.',
    effect:
      'Une fois la configuration terminée, tous vos autres navigateurs et applications seront déconnectés.',
    since: 'Activé depuis',
    codesLeft: 'Codes de récupération restants',
    showQr: 'Afficher le code QR',
    scan: 'Scannez ce code QR avec votre application d’authentification.',
    qr: 'Code QR contenant la clé indiquée ci-dessous',
    typeKey: 'Si vous ne pouvez pas le scanner, saisissez cette clé dans l’application :',
    key: 'Clé',
    code: 'Code',
    appCodeHint: 'Les 6 chiffres que l’application affiche en ce moment',
    anyCodeHint: 'De votre application, ou l’un de vos codes de récupération',
    turnOn: 'Activer',
    again: 'Recommencer avec un nouveau code QR',
    outdated: 'Le code QR est trop ancien. Veuillez recommencer.',
    missing: 'Saisissez un code.',
    wrong: 'Ce code est incorrect ou a déjà été utilisé. Attendez le suivant dans l’application.',
    none: 'Votre compte n’a plus de second facteur.',
    codes: 'Vos codes de récupération',
    codesMeaning:
      'Si vous perdez votre téléphone, chacun de ces codes vous permet de vous connecter une fois à la place d’un code de l’application.',
    keepCodes:
      'Ils ne s’affichent que maintenant. Imprimez-les ou conservez-les dans votre gestionnaire de mots de passe.',
    kept: 'Je les ai conservés',
    newCodes: 'Créer de nouveaux codes de récupération',
    newCodesEffect: 'Les anciens ne seront plus valables.',
    replace: 'Utiliser un autre téléphone ou une autre application',
    replaceEffect: 'L’application actuelle ne sera plus valable une fois la nouvelle configurée.',
    remove: 'Retirer le second facteur',
    removeEffect: 'Votre mot de passe suffira alors pour vous connecter.',
    required: 'Votre compte doit avoir un second facteur : vous pouvez le remplacer, mais pas le retirer.'
  },
  es: {
    meaning:
      'Con un segundo factor, su contraseña por sí sola no basta para iniciar sesión: también hace falta un código de una aplicación de su teléfono.',
    setUp: 'Configurar un segundo factor',
    needsApp: 'Necesita una aplicación de autenticación. Quizá su gestor de contraseñas lo sea.',
    effect: 'Una vez configurado, se cerrará la sesión en todos sus demás navegadores y aplicaciones.',
    since: 'Activado desde',
    codesLeft: 'Códigos de recuperación restantes',
    showQr: 'Mostrar el código QR',
    scan: 'Escanee este código QR con su aplicación de autenticación.',
    qr: 'Código QR con la clave que figura debajo',
    typeKey: 'Si no puede escanearlo, escriba esta clave en la aplicación:',
    key: 'Clave',
    code: 'Código',
    appCodeHint: 'Los 6 dígitos que la aplicación muestra ahora',
    anyCodeHint: 'De su aplicación, o uno de sus códigos de recuperación',
    turnOn: 'Activar',
    again: 'Empezar de nuevo con otro código QR',
    outdated: 'El código QR es demasiado antiguo. Empiece de nuevo.',
    missing: 'Introduzca un código.',
    wrong: 'Este código es incorrecto o ya se ha usado. Espere al siguiente que muestre la aplicación.',
    none: 'Su cuenta ya no tiene un segundo factor.',
    codes: 'Sus códigos de recuperación',
    codesMeaning:
      'Si pierde su teléfono, con cada uno de estos códigos puede iniciar sesión una vez, en lugar de un código de la aplicación.',
    keepCodes: 'Solo se muestran ahora. Imprímalos o guárdelos en su gestor de contraseñas.',
    kept: 'Los he guardado',
    newCodes: 'Crear nuevos códigos de recuperación',
    newCodesEffect: 'Los anteriores dejarán de ser válidos.',
    replace: 'Usar otro teléfono u otra aplicación',
    replaceEffect: 'La aplicación actual dejará de ser válida cuando la nueva esté configurada.',
    remove: 'Quitar el segundo factor',
    removeEffect: 'Entonces bastará su contraseña para iniciar sesión.',
    required: 'Su cuenta debe tener un segundo factor: puede sustituirlo, pero no quitarlo.'
  },
  zh: {
    meaning: '启用第二重验证后，仅凭密码无法登录：还需要您手机应用中的验证码。',
    setUp: '设置第二重验证',
    needsApp: '您需要一个身份验证器应用。您的密码管理器可能已提供此功能。',
    effect: '设置完成后，您在所有其他浏览器和应用程序中都会退出登录。',
    since: '开启时间',
    codesLeft: '剩余恢复码',
    showQr: '显示二维码',
    scan: '请用您的身份验证器应用扫描此二维码。',
    qr: '包含下方密钥的二维码',
    typeKey: '如果无法扫描，请在应用中输入此密钥：',
    key: '密钥',
    code: '验证码',
    appCodeHint: '应用当前显示的 6 位数字',
    anyCodeHint: '应用中的验证码，或您的一个恢复码',
    turnOn: '开启',
    again: '使用新的二维码重新开始',
    outdated: '二维码已过期。请重新开始。',
    missing: '请输入验证码。',
    wrong: '此验证码不正确或已被使用。请等待应用显示下一个。',
    none: '您的账户已没有第二重验证。',
    codes: '您的恢复码',
    codesMeaning: '如果您丢失手机，可用这些代码代替应用中的验证码登录，每个代码只能使用一次。',
    keepCodes: '这些代码仅在此时显示。请打印出来，或保存在您的密码管理器中。',
    kept: '我已保存',
    newCodes: '生成新的恢复码',
    newCodesEffect: '旧的恢复码将失效。',
    replace: '使用其他手机或应用',
    replaceEffect: '新应用设置完成后，当前应用将失效。',
    remove: '移除第二重验证',
    removeEffect: '此后只需密码即可登录。',
    required: '您的账户必须有第二重验证：可以更换，但不能移除。'
  }
}
