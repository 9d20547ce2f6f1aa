import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { invalidArgument, Refusal } from '../../src/errors/refusals.js'
import { StartupError } from '../../src/errors/startup-error.js'
import { UsersFileReport, UsersFileSyncQuery } from '../../src/http/schemas/users-file.js'

export default fp(usersFileRoutes)

async function usersFileRoutes(app: FastifyInstance) {
  app.post<{ Querystring: UsersFileSyncQuery }>(
    '/admin/users-file/sync',
    // The file may put anybody into postern-admins.
    {
      config: { scope: 'all' },
      schema: { querystring: UsersFileSyncQuery, response: { 200: UsersFileReport } }
    },
    sync
  )

  async function sync(request: FastifyRequest<{ Querystring: UsersFileSyncQuery }>) {
    const { usersFile } = app
    if (usersFile === null) throw invalidArgument('POSTERN_USERS_FILE', 'is not set')
    return { users: await usersFile.sync(request.query.dry_run === true).catch(refuseFile) }
  }
}

/** A mistake in the file is for the caller to mend. */
function refuseFile(error: unknown): never {
  if (!(error instanceof StartupError)) throw error
  throw new Refusal('InvalidArgumentError', { message: error.message, cause: error })
}
