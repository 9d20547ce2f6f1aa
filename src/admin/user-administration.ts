import { isLastAdmin } from '../accounts/last-admin.js'
import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import type { Passwords } from '../passwords/passwords.js'
import type { SessionList } from '../sessions/session-list.js'
import type { Store, User } from '../store/store.js'
import type { Tokens } from '../tokens/tokens.js'
import { type AccountDetails, describeInFull } from './account-view.js'
import { createChangeJudge } from './change-judge.js'
import type { NameDecision } from './name-decision.js'
import { createNewRecord } from './new-record.js'
import { createPasswordLinks, type PasswordLinks } from './password-links.js'
import { createRecordChanges } from './record-change.js'
import { createUserChanges, type UserChanges } from './user-changes.js'
import { createUserCreation, type UserCreation } from './user-creation.js'
import { createUserImport, type UserImport } from './user-import.js'
import { createUserList, type UserList } from './user-list.js'
import { createUserSessions, type UserSessions } from './user-sessions.js'

/** The dependencies of the administration of users; the lifetime of the longest token is in seconds. */
export interface UserAdministrationDependencies {
  store: Store
  passwords: Passwords
  tokens: Tokens
  audit: Audit
  clock: Clock
  sessionList: SessionList
  decideName: NameDecision
  longestTtl: number
  /** The address of a link with this token. */
  linkUrl(token: string): string
}

/**
 * The operator's work with accounts. Each call is judged by the scopes of its actor, beside the one that its route requires:
 * no change of a member of `postern-admins` is made without `all`.
 */
export interface UserAdministration
  extends UserList,
    UserCreation,
    UserChanges,
    UserSessions,
    UserImport,
    PasswordLinks {
  /** The account of this id, in whatever state. @throws `UserDoesNotExistError`. */
  requireById(uid: string): Promise<User>
  /** An account with all that is told of it. */
  describe(user: User): Promise<AccountDetails>
  /** Whether it is the only active member of `postern-admins`. Costs a look at the members for a member alone. */
  isLastAdmin(user: User): Promise<boolean>
}

/** See `UserAdministration`. */
export function createUserAdministration(dependencies: UserAdministrationDependencies): UserAdministration {
  const { store, clock } = dependencies
  const changes = createRecordChanges(dependencies)
  const judgeChange = createChangeJudge(dependencies)
  const newRecord = createNewRecord(dependencies)
  const parts = { ...dependencies, changes, judgeChange, newRecord }
  const sessions = createUserSessions(parts)
  return {
    ...createUserList(dependencies),
    ...createUserCreation(parts),
    ...createUserChanges(parts),
    ...createUserImport(parts),
    ...createPasswordLinks(parts),
    ...sessions,
    requireById: changes.requireUser,

    async describe(user) {
      return describeInFull(user, await sessions.sessions(user.uid, 'refresh_token'))
    },

    async isLastAdmin(user) {
      return await isLastAdmin(store, user, toSeconds(clock()))
    }
  }
}
