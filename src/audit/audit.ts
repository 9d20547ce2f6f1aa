import { Refusal, type RefusalName } from '../errors/refusals.js'

// The names are stable: log watchers rely on them. The sentences are for people.
const sentences = {
  sign_up: 'signed up',
  login: 'logged in',
  login_failed: 'login failed',
  second_factor_missing: 'gave the right password, and no second factor',
  second_factor_failed: 'gave the right password, and a wrong second factor',
  second_factor_set_up: 'set up a second factor',
  second_factor_removed: 'removed the second factor',
  recovery_codes_made: 'made new recovery codes',
  recovery_code_used: 'used a recovery code',
  client_refused: 'client refused',
  throttled: 'throttled',
  refresh: 'refreshed an access token',
  refresh_token_issued: 'got a refresh token',
  refresh_token_reuse: 'a refresh token was used again: its family is revoked',
  refresh_token_repeat: 'a refresh token was used once more, within the grace',
  signed_out: 'signed out',
  sessions_ended: 'ended all sessions',
  session_evicted: 'a session made room for a new one',
  token_refused: 'token refused',
  revocation: 'revoked a token',
  password_change: 'changed the password',
  display_name_changed: 'changed the display name',
  deletion: 'deleted the account',
  api_key_made: 'made an API key',
  api_key_removed: 'removed an API key',
  signing_key_made: 'made a signing key',
  signing_key_retired: 'retired a signing key',
  backup_made: 'made a backup of everything',
  admin_read: 'read what the operator may',
  hashes_read: 'read the hashes of accounts',
  admin_refused: 'was refused what the operator may',
  password_set_by_link: 'set the password by a link',
  invitation_used: 'made an account by an invitation',
  account_created: 'the operator made an account',
  account_changed: 'the operator changed an account',
  account_purged: 'the operator purged an account',
  name_freed: 'the operator freed the name of a purged account',
  password_link_made: 'the operator made a link that sets a password',
  invitation_made: 'the operator made an invitation',
  invitation_removed: 'the operator removed an invitation',
  last_admin_gone: 'postern-admins has no active member left'
}

/** The name of a security event. */
export type AuditEvent = keyof typeof sentences

/** The security events of accounts and tokens. */
export const auditEvents = Object.keys(sentences) as readonly AuditEvent[]

/** A few words on an event, for people. */
export function sentenceOf(event: AuditEvent): string {
  return sentences[event]
}

/** One security event. It never holds a password, a token or a hash. */
export interface AuditRecord {
  event: AuditEvent
  /** The requester; null for the operator. */
  address: string | null
  /** Who did it, if it is a call of the operator's: `socket`, `key:NAME` or `user:UID`. */
  actor?: string
  /** User name, which need not exist. */
  user?: string
  uid?: string
  /** The name and the message of the refusal, if the event is one. */
  reason?: string
  detail?: string
}

/** Who calls what the operator may, as the audit tells it. */
export interface AuditedActor {
  readonly name: string
  readonly address: string | null
}

/** Hands each security event to its subscribers. */
export interface Audit {
  record(record: AuditRecord): void
  /** Records a refusal as its audit event, if it has one: a full queue has none. */
  recordRefusal(error: unknown, client: Pick<AuditRecord, 'address' | 'user'>): void
  /** A handler for `catch` that records the refusal and rethrows it. */
  refusing(client: Pick<AuditRecord, 'address' | 'user'>): (error: unknown) => never
  /** Records an event of an account. */
  recordAccount(
    event: AuditEvent,
    account: { readonly name: string; readonly uid: string },
    address: string | null
  ): void
  /** Records an event of the operator's calls. */
  recordAction(
    event: AuditEvent,
    actor: AuditedActor,
    details?: Pick<AuditRecord, 'user' | 'uid' | 'reason' | 'detail'>
  ): void
  subscribe(listener: (record: AuditRecord) => void): void
}

const suspicious = new Set<AuditEvent>([
  'login_failed',
  'second_factor_failed',
  'client_refused',
  'throttled',
  'refresh_token_reuse',
  'admin_refused',
  'last_admin_gone'
])

const refusals: Partial<Record<RefusalName, AuditEvent>> = {
  IncorrectPasswordError: 'login_failed',
  UserDeactivatedError: 'login_failed',
  SecondFactorRequiredError: 'second_factor_missing',
  SecondFactorSetupRequiredError: 'second_factor_missing',
  IncorrectSecondFactorError: 'second_factor_failed',
  InvalidClientError: 'client_refused',
  TooManyFailuresError: 'throttled',
  TooManySignUpsError: 'throttled',
  TooManySessionsError: 'throttled',
  TooManyRevocationsError: 'throttled',
  InvalidTokenError: 'token_refused',
  TokenTypeError: 'token_refused'
}

/** See `Audit`. */
export function createAudit(): Audit {
  const listeners: ((record: AuditRecord) => void)[] = []

  function record(record: AuditRecord): void {
    for (const listener of listeners) listener(record)
  }

  function recordRefusal(error: unknown, client: Pick<AuditRecord, 'address' | 'user'>): void {
    if (!(error instanceof Refusal)) return
    const event = refusals[error.name]
    if (event !== undefined) record({ event, ...client, reason: error.name, detail: error.message })
  }

  return {
    record,
    recordRefusal,

    refusing: (client) => (error) => {
      recordRefusal(error, client)
      throw error
    },

    recordAccount(event, { name, uid }, address) {
      record({ event, address, user: name, uid })
    },

    recordAction(event, { name, address }, details) {
      record({ event, address, actor: name, ...details })
    },

    subscribe(listener) {
      listeners.push(listener)
    }
  }
}

/** Whether an event is a refusal that may be part of an attack. */
export function isSuspicious(event: AuditEvent): boolean {
  return suspicious.has(event)
}
