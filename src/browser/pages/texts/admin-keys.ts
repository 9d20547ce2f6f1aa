import type { Html } from '../html.js'
import { html } from '../html.js'
import type { Translations } from '../languages.js'

/** The texts of invitations, API keys and signing keys. */
export interface AdminKeysTexts {
  readonly noInvitations: string
  readonly newInvitation: string
  readonly invite: string
  readonly nameHint: string
  readonly invitationText: string
  readonly removeInvitation: string
  readonly removeInvitationText: string
  readonly noApiKeys: string
  readonly newApiKey: string
  readonly makeKey: string
  readonly name: string
  readonly rights: string
  /** Each says what a scope lets. */
  readonly scopes: Readonly<Record<string, string>>
  readonly lastUse: string
  readonly apiKeyText: string
  readonly removeApiKey: string
  readonly removeApiKeyText: string
  /** Of a key that never expires. */
  readonly unlimited: string
  readonly use: string
  readonly algorithm: string
  readonly signs: string
  readonly signsFrom: (time: Html) => Html
  readonly verifiesUntil: (time: Html) => Html
  readonly rotate: string
  readonly rotateText: string
  readonly retire: string
  readonly retireText: string
}

/** See `AdminKeysTexts`. */
export const adminKeysTexts: Translations<AdminKeysTexts> = {
  en: {
    noInvitations: 'There are no open invitations.',
    newInvitation: 'New invitation',
    invite: 'Invite',
    nameHint: 'Without one the guest chooses.',
    invitationText: 'Give this link to your guest. It makes one account.',
    removeInvitation: 'Remove the invitation',
    removeInvitationText: 'Its link is of no use then.',
    noApiKeys: 'There are no API keys.',
    newApiKey: 'New API key',
    makeKey: 'Make the key',
    name: 'Name',
    rights: 'Rights',
    scopes: {
      'users:read': 'read accounts and invitations',
      'users:write': 'make and change accounts, links and invitations',
      sessions: 'read and end sessions',
      revocations: 'read which tokens were revoked',
      keys: 'make and remove keys; as good as everything',
      backup: 'read everything, as a backup; as good as everything',
      all: 'everything'
    },
    lastUse: 'Last use',
    apiKeyText: 'Give this key to the program that is to use it, as Authorization: Bearer.',
    removeApiKey: 'Remove the API key',
    removeApiKeyText: 'The program that uses it is refused from then on.',
    unlimited: 'until it is removed',
    use: 'Use',
    algorithm: 'Algorithm',
    signs: 'signs',
    signsFrom: (time) => html`signs from ${time}`,
    verifiesUntil: (time) => html`verifies until ${time}`,
    rotate: 'Rotate',
    rotateText:
      'This makes the next key. It is published at once, and signs a little later. Tokens of the key before stay good.',
    retire: 'Retire',
    retireText:
      'All tokens of this key are refused at once, and those who have them sign in again. Do it if the key has leaked; otherwise let it expire by itself.'
  },
  de: {
    noInvitations: 'Es gibt keine offenen Einladungen.',
    newInvitation: 'Neue Einladung',
    invite: 'Einladen',
    nameHint: 'Ohne Namen wählt ihn der Gast.',
    invitationText: 'Geben Sie Ihrem Gast diesen Link. Mit ihm entsteht ein einziges Konto.',
    removeInvitation: 'Einladung entfernen',
    removeInvitationText: 'Ihr Link ist danach nutzlos.',
    noApiKeys: 'Es gibt keine API-Schlüssel.',
    newApiKey: 'Neuer API-Schlüssel',
    makeKey: 'Schlüssel erstellen',
    name: 'Name',
    rights: 'Rechte',
    scopes: {
      'users:read': 'Konten und Einladungen lesen',
      'users:write': 'Konten, Links und Einladungen anlegen und ändern',
      sessions: 'Sitzungen lesen und beenden',
      revocations: 'lesen, welche Tokens widerrufen wurden',
      keys: 'Schlüssel erstellen und entfernen; so gut wie alles',
      backup: 'alles lesen, als Sicherung; so gut wie alles',
      all: 'alles'
    },
    lastUse: 'Zuletzt benutzt',
    apiKeyText: 'Geben Sie diesen Schlüssel dem Programm, das ihn benutzen soll, als Authorization: Bearer.',
    removeApiKey: 'API-Schlüssel entfernen',
    removeApiKeyText: 'Das Programm, das ihn benutzt, wird von da an abgewiesen.',
    unlimited: 'bis er entfernt wird',
    use: 'Verwendung',
    algorithm: 'Algorithmus',
    signs: 'signiert',
    signsFrom: (time) => html`signiert ab ${time}`,
    verifiesUntil: (time) => html`prüft bis ${time}`,
    rotate: 'Wechseln',
    rotateText:
      'Dies erzeugt den nächsten Schlüssel. Er wird sofort veröffentlicht und signiert etwas später. Tokens des bisherigen Schlüssels gelten weiter.',
    retire: 'Zurückziehen',
    retireText:
      'Alle Tokens dieses Schlüssels werden sofort abgelehnt, und wer welche hat, meldet sich neu an. Tun Sie es, wenn der Schlüssel bekannt geworden ist; sonst lassen Sie ihn von selbst auslaufen.'
  },
  fr: {
    noInvitations: 'Il n’y a aucune invitation en cours.',
    newInvitation: 'Nouvelle invitation',
    invite: 'Inviter',
    nameHint: 'Sans nom, c’est l’invité qui le choisit.',
    invitationText: 'Donnez ce lien à votre invité. Il crée un seul compte.',
    removeInvitation: 'Retirer l’invitation',
    removeInvitationText: 'Son lien ne servira plus.',
    noApiKeys: 'Il n’y a aucune clé d’API.',
    newApiKey: 'Nouvelle clé d’API',
    makeKey: 'Créer la clé',
    name: 'Nom',
    rights: 'Droits',
    scopes: {
      'users:read': 'lire les comptes et les invitations',
      'users:write': 'créer et modifier des comptes, des liens et des invitations',
      sessions: 'lire et terminer des sessions',
      revocations: 'lire quels jetons ont été révoqués',
      keys: 'créer et retirer des clés ; autant que tout',
      backup: 'tout lire, en sauvegarde ; autant que tout',
      all: 'tout'
    },
    lastUse: 'Dernière utilisation',
    apiKeyText: 'Donnez cette clé au programme qui doit l’utiliser, sous la forme Authorization: Bearer.',
    removeApiKey: 'Retirer la clé d’API',
    removeApiKeyText: 'Le programme qui l’utilise sera alors refusé.',
    unlimited: 'jusqu’à son retrait',
    use: 'Usage',
    algorithm: 'Algorithme',
    signs: 'signe',
    signsFrom: (time) => html`signe à partir du ${time}`,
    verifiesUntil: (time) => html`vérifie jusqu’au ${time}`,
    rotate: 'Renouveler',
    rotateText:
      'Ceci crée la clé suivante. Elle est publiée aussitôt et signe un peu plus tard. Les jetons de la clé précédente restent valables.',
    retire: 'Révoquer',
    retireText:
      'Tous les jetons de cette clé sont refusés aussitôt, et leurs détenteurs doivent se reconnecter. Faites-le si la clé a fuité ; sinon, laissez-la expirer.'
  },
  es: {
    noInvitations: 'No hay invitaciones abiertas.',
    newInvitation: 'Invitación nueva',
    invite: 'Invitar',
    nameHint: 'Sin nombre, lo elige el invitado.',
    invitationText: 'Dé este enlace a su invitado. Crea una sola cuenta.',
    removeInvitation: 'Quitar la invitación',
    removeInvitationText: 'Su enlace deja de servir.',
    noApiKeys: 'No hay claves de API.',
    newApiKey: 'Clave de API nueva',
    makeKey: 'Crear la clave',
    name: 'Nombre',
    rights: 'Permisos',
    scopes: {
      'users:read': 'leer cuentas e invitaciones',
      'users:write': 'crear y cambiar cuentas, enlaces e invitaciones',
      sessions: 'leer y terminar sesiones',
      revocations: 'leer qué tokens se han revocado',
      keys: 'crear y quitar claves; equivale a todo',
      backup: 'leerlo todo, como copia de seguridad; equivale a todo',
      all: 'todo'
    },
    lastUse: 'Último uso',
    apiKeyText: 'Dé esta clave al programa que ha de usarla, como Authorization: Bearer.',
    removeApiKey: 'Quitar la clave de API',
    removeApiKeyText: 'Desde entonces se rechaza al programa que la usa.',
    unlimited: 'hasta que se quite',
    use: 'Uso',
    algorithm: 'Algoritmo',
    signs: 'firma',
    signsFrom: (time) => html`firma desde ${time}`,
    verifiesUntil: (time) => html`verifica hasta ${time}`,
    rotate: 'Rotar',
    rotateText:
      'Esto crea la clave siguiente. Se publica enseguida y firma un poco después. Los tokens de la clave anterior siguen siendo válidos.',
    retire: 'Retirar',
    retireText:
      'Todos los tokens de esta clave se rechazan enseguida, y quienes los tienen deben iniciar sesión de nuevo. Hágalo si la clave se ha filtrado; si no, deje que caduque.'
  },
  zh: {
    noInvitations: '没有未使用的邀请。',
    newInvitation: '新建邀请',
    invite: '邀请',
    nameHint: '如不填写，由受邀者自行选择。',
    invitationText: '请将此链接交给受邀者。它只能创建一个账户。',
    removeInvitation: '移除邀请',
    removeInvitationText: '移除后其链接将失效。',
    noApiKeys: '没有 API 密钥。',
    newApiKey: '新建 API 密钥',
    makeKey: '创建密钥',
    name: '名称',
    rights: '权限',
    scopes: {
      'users:read': '读取账户和邀请',
      'users:write': '创建和更改账户、链接和邀请',
      sessions: '读取和结束会话',
      revocations: '读取哪些令牌已被撤销',
      keys: '创建和移除密钥（相当于全部权限）',
      backup: '以备份形式读取所有内容（相当于全部权限）',
      all: '全部'
    },
    lastUse: '上次使用',
    apiKeyText: '请将此密钥交给要使用它的程序，以 Authorization: Bearer 方式发送。',
    removeApiKey: '移除 API 密钥',
    removeApiKeyText: '此后使用它的程序将被拒绝。',
    unlimited: '直到被移除',
    use: '用途',
    algorithm: '算法',
    signs: '正在签名',
    signsFrom: (time) => html`自 ${time} 起签名`,
    verifiesUntil: (time) => html`验证至 ${time}`,
    rotate: '轮换',
    rotateText: '此操作会生成下一个密钥。它会立即公布，稍后开始签名。原密钥签发的令牌仍然有效。',
    retire: '停用',
    retireText:
      '该密钥签发的所有令牌会立即被拒绝，持有者需要重新登录。仅在密钥泄露时这样做，否则让它自行到期。'
  }
}
