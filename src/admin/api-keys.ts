import { createHash, randomBytes } from 'node:crypto'
import { type Static, Type } from 'typebox'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import { isSameSecret } from '../secrets.js'
import type { ApiKey, Store } from '../store/store.js'
import { type Actor, isScope, requireScopes, type Scope, scopes } from './authorization.js'
import { type Page, type PageRequest, pageByAge } from './paging.js'

/** The dependencies of API keys. */
export interface ApiKeysDependencies {
  store: Store
  audit: Audit
  clock: Clock
}

/** A key to make; its lifetime is in seconds. */
export interface NewApiKey {
  /** An `ApiKeyName`. */
  name: string
  scopes: readonly Scope[]
  expiresIn?: number | undefined
}

/** The keys with which programs call what the operator may. */
export interface ApiKeys {
  /**
   * Makes a key, whose text is told only here.
   *
   * @throws `InvalidArgumentError` for a name that is taken, `InsufficientScopeError` for a scope that the maker lacks,
   *   `StoreUnavailableError`.
   */
  create(actor: Actor, key: NewApiKey): Promise<{ record: ApiKey; key: string }>
  /** A page of the keys, the oldest first; some may have expired. @throws `InvalidArgumentError` for what is no cursor. */
  list(request: PageRequest): Promise<Page<ApiKey>>
  /** The key of this id, which may have expired. @throws `ApiKeyDoesNotExistError`. */
  require(id: string): Promise<ApiKey>
  /** Ends a key. @throws `ApiKeyDoesNotExistError`, `StoreUnavailableError`. */
  remove(actor: Actor, id: string): Promise<void>
  /** The key of this text, whose use it notes; undefined for any other text, and for a key that has expired. */
  find(text: string): Promise<ApiKey | undefined>
}

const maxNameLength = 64

/** The name of `POSTERN_ADMIN_KEY` in the audit log, which no API key can have. */
export const adminKeyName = 'POSTERN_ADMIN_KEY'

// The log tells it: it must not pass for something else.
const unreadable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** The name of an API key. */
export const ApiKeyName = Type.Refine(
  Type.String(),
  (name) => {
    const { length } = [...name.slice(0, 2 * maxNameLength + 1)]
    return length >= 1 && length <= maxNameLength && !unreadable.test(name) && name !== adminKeyName
  },
  () => `must be 1 to ${maxNameLength} characters, all of them visible, and not ${adminKeyName}`
)

// Ten years, in seconds.
const maxLifetime = 10 * 365 * 86_400

/** A key to make, as a call names it. */
export const ApiKeyRequest = Type.Object({
  name: ApiKeyName,
  scopes: Type.Array(Type.Enum([...scopes]), { minItems: 1, maxItems: scopes.length }),
  expires_in: Type.Optional(Type.Integer({ minimum: 1, maximum: maxLifetime }))
})
export type ApiKeyRequest = Static<typeof ApiKeyRequest>

const format = /^pak_([0-9a-f]{16})_([0-9a-f]{64})$/

// Of no secret.
const noDigest = digestOf('')

/** See `ApiKeys`. */
export function createApiKeys({ store, audit, clock }: ApiKeysDependencies): ApiKeys {
  const now = () => toSeconds(clock())

  async function require(id: string): Promise<ApiKey> {
    const key = await store.findApiKey(id)
    if (key === undefined) throw new Refusal('ApiKeyDoesNotExistError')
    return key
  }

  return {
    require,

    async create(actor, { name, scopes, expiresIn }) {
      requireScopes(actor, scopes)
      const id = randomBytes(8).toString('hex')
      const secret = randomBytes(32).toString('hex')
      const createdAt = now()
      const record = {
        id,
        name,
        digest: digestOf(secret),
        scopes: [...new Set(scopes)],
        createdAt,
        ...(expiresIn !== undefined && { expiresAt: createdAt + expiresIn })
      }
      await store.createApiKey(record)
      audit.recordAction('api_key_made', actor, { detail: `${name}: ${record.scopes.join(', ')}` })
      return { record, key: `pak_${id}_${secret}` }
    },

    async list(request) {
      return pageByAge(await store.listApiKeys(), request)
    },

    async remove(actor, id) {
      const key = await require(id)
      if (!(await store.removeApiKey(id))) throw new Refusal('ApiKeyDoesNotExistError')
      audit.recordAction('api_key_removed', actor, { detail: key.name })
    },

    async find(text) {
      const [, id = '', secret = ''] = format.exec(text) ?? []
      const key = await store.findApiKey(id)
      const isRight = isSameSecret(digestOf(secret), key?.digest ?? noDigest)
      if (key === undefined || !isRight) return undefined
      if (key.expiresAt !== undefined && now() >= key.expiresAt) return undefined
      store.touchApiKey(id, now())
      return key
    }
  }
}

/** The scopes of a key that this release knows: one that a later release has given grants nothing. */
export function scopesOf({ scopes }: ApiKey): readonly Scope[] {
  return scopes.filter(isScope)
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
