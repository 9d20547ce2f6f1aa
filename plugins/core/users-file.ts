import fp from 'fastify-plugin'
import { readUsersFile } from '../../src/accounts/users-file.js'
import { Refusal } from '../../src/errors/refusals.js'
import { StartupError } from '../../src/errors/startup-error.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Null when there is none. */
    usersFile: UsersFile | null
  }
}

const reserved =
  'a user of POSTERN_USERS_FILE was not made: the name is reserved, since its account was renamed or purged'

/** The file with the initial users. */
export interface UsersFile {
  /** Creates the users in the file that do not exist yet. @throws as `readUsersFile`, and `Accounts.ensureUser`. */
  read(): Promise<void>
}

export default fp(
  async (app) => {
    const path = app.config.POSTERN_USERS_FILE
    const usersFile = path === undefined ? null : { read: () => readUsers(path) }
    app.decorate('usersFile', usersFile)
    await usersFile?.read()

    async function readUsers(path: string): Promise<void> {
      // One after the other: each hash takes a processor and its memory.
      for (const given of await readUsersFile(path)) {
        const { user, isNew } = await app.accounts.ensureUser(given).catch(refuse(given.name))
        if (isNew) app.log.info({ user: user.name, uid: user.uid }, 'a user of POSTERN_USERS_FILE was made')
        if (user === undefined) app.log.warn({ user: given.name }, reserved)
      }
    }
  },
  { name: 'users-file', dependencies: ['config', 'accounts'] }
)

/** A user that the service refuses is a wrong setting. */
function refuse(name: string) {
  return (error: unknown) => {
    if (!(error instanceof Refusal) || error.statusCode >= 500) throw error
    const message = `POSTERN_USERS_FILE: ${JSON.stringify(name)} is refused: ${error.message}`
    throw new StartupError('wrongSetting', message, { cause: error })
  }
}
