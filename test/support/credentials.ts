import type { Ask } from './ask.js'
import type { FamilyModel } from './family-model.js'

/** The acknowledged end of something that was good. */
export interface End {
  readonly at: number
  /** The instance that has acknowledged it. */
  readonly by: string
}

/** Something that is good until its end. */
export interface Credential {
  /** Of a rotating token the newest one of its family. */
  text: string
  readonly kind: 'access token' | 'refresh token' | 'rotating token' | 'password'
  readonly owner: ModelUser
  /** The session that takes it along. */
  readonly session?: ModelSession | undefined
  end?: End
  /** Whether a change that would end it is under way, or has an unknown outcome. */
  isUncertain: boolean
}

/** A session, with the tokens that it has given. */
export interface ModelSession {
  readonly members: Credential[]
  /** Its rotating tokens, if it has any. */
  readonly family?: FamilyModel
}

/** A change whose outcome is unknown. */
export interface OpenChange {
  /** When it has happened or never will. */
  settlesAt: number
  /** Whether it was carried out; undefined if nobody can tell yet. */
  probe(): Promise<boolean | undefined>
  /** Notes the outcome. @param end is given if it was carried out. */
  conclude(end: End | undefined): void
}

/** A user, as the one client knows it that changes it. */
export interface ModelUser {
  readonly name: string
  password: Credential
  tokens: Credential[]
  isDeleted: boolean
  open?: OpenChange
}

const maxTokens = 10

/** A user with a password of its own, who is not signed up yet. */
export function createModelUser(name: string): ModelUser {
  const user = { name, tokens: [], isDeleted: false } as Omit<ModelUser, 'password'> as ModelUser
  user.password = createPassword(user)
  return user
}

/** Another password of a user. */
export function createPassword(owner: ModelUser): Credential {
  return { text: `password ${Math.random()}`, kind: 'password', owner, isUncertain: false }
}

/** Adds a token to those of a user, which forgets the oldest, and to its session. */
export function addToken(
  owner: ModelUser,
  kind: Credential['kind'],
  text: string,
  session?: ModelSession
): Credential {
  const token: Credential = { text, kind, owner, session, isUncertain: false }
  owner.tokens = [...owner.tokens, token].slice(-maxTokens)
  session?.members.push(token)
  return token
}

/** The call that uses a credential. The use of a rotating token changes its family, unless that has ended. */
export function requestOf({ kind, text, owner }: Credential): Parameters<Ask> {
  switch (kind) {
    case 'access token':
      return ['GET', '/check', { access_token: text }]
    case 'refresh token':
      return ['GET', '/token', { user: text }]
    case 'rotating token':
      return ['POST', '/oauth/token', { grant_type: 'refresh_token', refresh_token: text }]
    case 'password':
      return ['GET', '/token', { user: owner.name, pass: text }]
  }
}

/** The refusals of a credential that has ended, by its kind. */
export const refusals: Readonly<Record<Credential['kind'], readonly number[]>> = {
  'access token': [400],
  'refresh token': [400, 403],
  'rotating token': [400],
  password: [403, 404]
}

/** Whether a use changes nothing. */
export function isReusable({ kind, end }: Credential): boolean {
  return kind !== 'rotating token' || end !== undefined
}

/** Those that have no acknowledged end. */
export function living(credentials: readonly Credential[], kept?: Credential): Credential[] {
  return credentials.filter((credential) => credential.end === undefined && credential !== kept)
}

/** The tokens of a kind. */
export function ofKind({ tokens }: ModelUser, kind: Credential['kind']): Credential[] {
  return tokens.filter((token) => token.kind === kind)
}
