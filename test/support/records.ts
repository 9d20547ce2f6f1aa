import { randomBytes } from 'node:crypto'
import { createId } from '../../src/ids.js'
import type { Session, User } from '../../src/store/store.js'
import { sha256Of } from './backups.js'
import { start } from './helper.js'

/** When the records of the tests were made, in seconds. */
export const now = start / 1000

/** An hour, in seconds. */
export const hour = 3600

const hash = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'

export function createUser(name: string): User {
  return { uid: createId(), name, hash, state: 'active', gen: 0, createdAt: now }
}

export function createSession(
  { uid, gen }: Pick<User, 'uid' | 'gen'>,
  others: Partial<Session> = {}
): Session {
  const id = createId()
  return { id, uid, gen, issuedAt: now, exp: now + 9 * hour, address: '127.0.0.1', ...others }
}

/** The session of a browser. */
export function createBrowserSession(
  user: Pick<User, 'uid' | 'gen'>,
  others: Partial<Session> = {}
): Session {
  const digest = sha256Of(randomBytes(32).toString('base64url'))
  return createSession(user, { id: digest.slice(0, 32), kind: 'browser', digest, authTime: now, ...others })
}

/** More sessions than a test makes. */
export const limits = { perUser: 1000, total: 1_000_000 }
