import type { Translations } from '../languages.js'

/** The texts that the operator's pages have in common. */
export interface AdminTexts {
  readonly accounts: string
  readonly invitations: string
  readonly apiKeys: string
  readonly signingKeys: string
  readonly groups: string
  readonly state: string
  readonly states: Readonly<Record<'active' | 'disabled' | 'deleted', string>>
  readonly made: string
  readonly expires: string
  readonly firstPage: string
  readonly nextPage: string
  readonly remove: string
  readonly actions: string
  readonly done: string
  /** Beside a secret that is shown once. */
  readonly shownOnce: string
  readonly goodUntil: string
  readonly link: string
  readonly key: string
  /** Before what would leave nobody who may use these pages. */
  readonly lastAdmin: string
  readonly lifetime: string
  /** A lifetime in whole minutes, hours or days. */
  readonly minutes: (count: number) => string
  readonly hours: (count: number) => string
  readonly days: (count: number) => string
}

/** See `AdminTexts`. */
export const adminTexts: Translations<AdminTexts> = {
  en: {
    accounts: 'Accounts',
    invitations: 'Invitations',
    apiKeys: 'API keys',
    signingKeys: 'Signing keys',
    groups: 'Groups',
    state: 'State',
    states: { active: 'active', disabled: 'disabled', deleted: 'deleted' },
    made: 'Made',
    expires: 'Expires',
    firstPage: 'First page',
    nextPage: 'Next page',
    remove: 'Remove',
    actions: 'Actions',
    done: 'Done.',
    shownOnce: 'Copy it now: nobody can see it again.',
    goodUntil: 'It is good until',
    link: 'Link',
    key: 'Key',
    lastAdmin:
      'This is the only active member of postern-admins. Without one, nobody can use these pages: only the commands on the machine and API keys are left.',
    lifetime: 'Good for',
    minutes: (count) => `${count} minutes`,
    hours: (count) => (count === 1 ? '1 hour' : `${count} hours`),
    days: (count) => (count === 1 ? '1 day' : `${count} days`)
  },
  de: {
    accounts: 'Konten',
    invitations: 'Einladungen',
    apiKeys: 'API-Schlüssel',
    signingKeys: 'Signaturschlüssel',
    groups: 'Gruppen',
    state: 'Zustand',
    states: { active: 'aktiv', disabled: 'gesperrt', deleted: 'gelöscht' },
    made: 'Erstellt',
    expires: 'Läuft ab',
    firstPage: 'Erste Seite',
    nextPage: 'Nächste Seite',
    remove: 'Entfernen',
    actions: 'Aktionen',
    done: 'Erledigt.',
    shownOnce: 'Kopieren Sie ihn jetzt: Er wird nie wieder angezeigt.',
    goodUntil: 'Gültig bis',
    link: 'Link',
    key: 'Schlüssel',
    lastAdmin:
      'Dies ist das einzige aktive Mitglied von postern-admins. Ohne ein solches kann niemand diese Seiten benutzen: Es bleiben nur die Befehle auf dem Rechner und API-Schlüssel.',
    lifetime: 'Gültig für',
    minutes: (count) => `${count} Minuten`,
    hours: (count) => (count === 1 ? '1 Stunde' : `${count} Stunden`),
    days: (count) => (count === 1 ? '1 Tag' : `${count} Tage`)
  },
  fr: {
    accounts: 'Comptes',
    invitations: 'Invitations',
    apiKeys: 'Clés d’API',
    signingKeys: 'Clés de signature',
    groups: 'Groupes',
    state: 'État',
    states: { active: 'actif', disabled: 'désactivé', deleted: 'supprimé' },
    made: 'Création',
    expires: 'Expiration',
    firstPage: 'Première page',
    nextPage: 'Page suivante',
    remove: 'Retirer',
    actions: 'Actions',
    done: 'C’est fait.',
    shownOnce: 'Copiez ceci maintenant : personne ne pourra le revoir.',
    goodUntil: 'Valable jusqu’au',
    link: 'Lien',
    key: 'Clé',
    lastAdmin:
      'C’est le seul membre actif de postern-admins. Sans lui, personne ne peut utiliser ces pages : il ne reste que les commandes sur la machine et les clés d’API.',
    lifetime: 'Durée de validité',
    minutes: (count) => `${count} minutes`,
    hours: (count) => (count === 1 ? '1 heure' : `${count} heures`),
    days: (count) => (count === 1 ? '1 jour' : `${count} jours`)
  },
  es: {
    accounts: 'Cuentas',
    invitations: 'Invitaciones',
    apiKeys: 'Claves de API',
    signingKeys: 'Claves de firma',
    groups: 'Grupos',
    state: 'Estado',
    states: { active: 'activa', disabled: 'desactivada', deleted: 'eliminada' },
    made: 'Creación',
    expires: 'Caduca',
    firstPage: 'Primera página',
    nextPage: 'Página siguiente',
    remove: 'Quitar',
    actions: 'Acciones',
    done: 'Hecho.',
    shownOnce: 'Cópielo ahora: nadie podrá volver a verlo.',
    goodUntil: 'Válido hasta',
    link: 'Enlace',
    key: 'Clave',
    lastAdmin:
      'Es el único miembro activo de postern-admins. Sin él nadie puede usar estas páginas: solo quedan los comandos en la máquina y las claves de API.',
    lifetime: 'Validez',
    minutes: (count) => `${count} minutos`,
    hours: (count) => (count === 1 ? '1 hora' : `${count} horas`),
    days: (count) => (count === 1 ? '1 día' : `${count} días`)
  },
  zh: {
    accounts: '账户',
    invitations: '邀请',
    apiKeys: 'API 密钥',
    signingKeys: '签名密钥',
    groups: '群组',
    state: '状态',
    states: { active: '正常', disabled: '已停用', deleted: '已删除' },
    made: '创建时间',
    expires: '到期时间',
    firstPage: '第一页',
    nextPage: '下一页',
    remove: '移除',
    actions: '操作',
    done: '已完成。',
    shownOnce: '请立即复制：以后无法再次查看。',
    goodUntil: '有效期至',
    link: '链接',
    key: '密钥',
    lastAdmin:
      '这是 postern-admins 中唯一的有效成员。没有有效成员时，任何人都无法使用这些页面，只能使用服务器上的命令和 API 密钥。',
    lifetime: '有效期',
    minutes: (count) => `${count} 分钟`,
    hours: (count) => `${count} 小时`,
    days: (count) => `${count} 天`
  }
}
