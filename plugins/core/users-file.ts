import type { FastifyBaseLogger } from 'fastify'
import fp from 'fastify-plugin'
import { readUsersFile } from '../../src/accounts/users-file.js'
import { createUsersFileSync, type FileDifference } from '../../src/admin/users-file-sync.js'
import type { ServiceOptions } from '../../src/app-options.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Null when there is none. */
    usersFile: UsersFile | null
  }
}

/** The file with the operator's users. */
export interface UsersFile {
  /** Brings the accounts to what the file says, unless it is a dry run; one run at a time. @throws as `readUsersFile`, `UsersFileSync.sync`. */
  sync(isDryRun: boolean): Promise<FileDifference[]>
}

// Some seconds of work, for which somebody who waits for the ready line should know the reason.
const manyPasswords = 50

export default fp<ServiceOptions>(
  async (app, { clock, isOffline = false }) => {
    const path = app.config.POSTERN_USERS_FILE
    const { store, accounts, passwords, audit } = app
    const files = createUsersFileSync({ store, registration: accounts, passwords, audit, clock })
    let last: Promise<unknown> = Promise.resolve()

    async function read(path: string, isDryRun: boolean): Promise<FileDifference[]> {
      const users = await readUsersFile(path)
      if (users.length === 0) app.log.warn('POSTERN_USERS_FILE holds no users: no account was changed')
      const compared = users.filter(
        ({ managed, password }) => managed === true && password !== undefined
      ).length
      if (compared >= manyPasswords) {
        app.log.info(
          { users: compared },
          'passwords of POSTERN_USERS_FILE are compared, at the cost of a login each: a hash in their place costs nothing'
        )
      }
      const differences = await files.sync(users, isDryRun)
      if (!isDryRun) for (const difference of differences) tell(app.log, difference)
      return differences
    }

    async function sync(path: string, isDryRun: boolean): Promise<FileDifference[]> {
      const run = last.then(() => read(path, isDryRun))
      last = run.catch(() => undefined)
      return await run
    }

    const usersFile = path === undefined ? null : { sync: (isDryRun: boolean) => sync(path, isDryRun) }
    app.decorate('usersFile', usersFile)
    // A command that opens the folder, such as a dry run, does only what it is for.
    if (!isOffline) await usersFile?.sync(false)
  },
  { name: 'users-file', dependencies: ['config', 'accounts', 'store', 'passwords', 'audit'] }
)

// The audit log tells the changes.
function tell(log: FastifyBaseLogger, { user, action, reason }: FileDifference): void {
  if (action === 'make') log.info({ user }, 'a user of POSTERN_USERS_FILE was made')
  if (action === 'conflict') log.warn({ user }, `a user of POSTERN_USERS_FILE was left as it is: ${reason}`)
}
