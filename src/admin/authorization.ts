import { adminsGroup } from '../accounts/account-members.js'
import { Refusal } from '../errors/refusals.js'
import type { Requester } from '../requester.js'
import type { User } from '../store/store.js'

/** The scopes of the operator's calls. `all` stands for each of them; `backup` and `keys` lead to it. */
export const scopes = [
  'users:read',
  'users:write',
  'sessions',
  'revocations',
  'keys',
  'backup',
  'all'
] as const

/** A scope of the operator's calls. */
export type Scope = (typeof scopes)[number]

/** Whether this is the name of a scope. */
export function isScope(name: string): name is Scope {
  return (scopes as readonly string[]).includes(name)
}

/** Who calls what the operator may, and with which rights. */
export interface Actor {
  /** `socket`, `key:NAME` or `user:UID`, for the audit. */
  readonly name: string
  /** The address that the call comes from; null for the socket. */
  readonly address: string | null
  readonly scopes: ReadonlySet<Scope>
}

const all: ReadonlySet<Scope> = new Set(['all'])
const none: ReadonlySet<Scope> = new Set()

/** The actor that this user is at this address: a member of `postern-admins` has all rights, anybody else has none. */
export function actorOf({ uid, groups }: Pick<User, 'uid' | 'groups'>, address: string): Actor {
  return { name: `user:${uid}`, address, scopes: groups?.includes(adminsGroup) ? all : none }
}

/** Who runs the service on this machine, by its socket or by a command: it needs no credential. */
export const localOperator: Actor = { name: 'socket', address: null, scopes: all }

/** Requires a scope of a call. @throws `InsufficientScopeError` that names it. */
export function requireScope({ scopes }: Actor, scope: Scope): void {
  if (scopes.has('all') || scopes.has(scope)) return
  throw insufficient(scope)
}

/**
 * Requires the right to change this account, its password, its link, its state, its groups or its sign-in. Members of
 * `postern-admins` have all rights: who may change one would have them too.
 *
 * @throws `InsufficientScopeError` that names `all`.
 */
export function requireRightOver(actor: Actor, { groups = [] }: Pick<User, 'groups'>): void {
  requireRightToGive(actor, groups)
}

/** Requires the right to put somebody into these groups. @throws `InsufficientScopeError` that names `all`. */
export function requireRightToGive(actor: Actor, groups: readonly string[]): void {
  if (groups.includes(adminsGroup)) requireScope(actor, 'all')
}

/** Requires every scope that a new key would have. @throws `InsufficientScopeError` that names the first one that is missing. */
export function requireScopes(actor: Actor, wanted: readonly Scope[]): void {
  for (const scope of wanted) requireScope(actor, scope)
}

/** The requester whose network the actor's hashes count for; none for the operator on the machine. */
export function requesterOf({ address }: Actor): Requester | undefined {
  return address === null ? undefined : { address }
}

function insufficient(scope: Scope): Refusal {
  return new Refusal('InsufficientScopeError', { message: `This call needs the scope ${scope}.` })
}
