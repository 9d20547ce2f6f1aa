import fp from 'fastify-plugin'
import { readUsersFile } from '../../src/accounts/users-file.js'

export default fp(
  async (app) => {
    const path = app.config.POSTERN_USERS_FILE
    if (path === undefined) return
    // One after the other: each hash takes a processor and its memory.
    for (const given of await readUsersFile(path)) {
      const { user, isMade } = await app.accounts.give(given)
      if (isMade) app.log.info({ user: user.name, uid: user.uid }, 'a user of POSTERN_USERS_FILE was made')
    }
  },
  { name: 'users-file', dependencies: ['config', 'accounts'] }
)
