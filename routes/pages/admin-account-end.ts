import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { normaliseUserName } from '../../src/accounts/user-name.js'
import { deletionOf, factorRemovalOf, purgeOf } from '../../src/browser/pages/admin-account-confirmations.js'
import { adminConfirmationPage } from '../../src/browser/pages/admin-confirmation-page.js'
import { refusalOf } from '../../src/browser/refused.js'
import { invalidArgument } from '../../src/errors/refusals.js'

type EndRequest = FastifyRequest<{ Params: { uid: string } }>

export default fp(adminAccountEndRoutes)

async function adminAccountEndRoutes(app: FastifyInstance) {
  if (!app.hasOperatorPages) return
  const { userAdministration: users } = app.service
  const deletion = '/admin/pages/users/:uid/delete'
  const purge = '/admin/pages/users/:uid/purge'
  const factor = '/admin/pages/users/:uid/second-factor'
  app.get(deletion, askForDeletion)
  app.post(deletion, { config: { page: deletion } }, remove)
  app.get(purge, askForPurge)
  app.post(purge, { config: { page: purge } }, removeForGood)
  app.get(factor, askForFactor)
  app.post(factor, { config: { page: factor } }, removeFactor)

  async function askForDeletion({ params: { uid } }: EndRequest, reply: FastifyReply) {
    return reply.page(adminConfirmationPage, deletionOf(await read(uid)))
  }

  async function remove({ params: { uid }, requiredActor }: EndRequest, reply: FastifyReply) {
    await users.remove(uid, {}, requiredActor)
    return reply.goTo(`/admin/pages/users/${uid}?done=1`)
  }

  async function askForPurge({ params: { uid } }: EndRequest, reply: FastifyReply) {
    return reply.page(adminConfirmationPage, purgeOf(await read(uid), {}))
  }

  async function removeForGood({ params: { uid }, form, requiredActor }: EndRequest, reply: FastifyReply) {
    const asked = await read(uid)
    const change = async () => {
      if (normaliseUserName(form.user ?? '') !== asked.user.name) {
        throw invalidArgument('user', 'is not the name of the account')
      }
      await users.remove(uid, { purge: true, free_name: form.free_name === 'on' }, requiredActor)
    }
    const refusal = await refusalOf(change())
    if (refusal === undefined) return reply.goTo('/admin/pages/users')
    return reply.page(adminConfirmationPage, purgeOf(asked, { form, refusal }), refusal.statusCode)
  }

  async function askForFactor({ params: { uid } }: EndRequest, reply: FastifyReply) {
    return reply.page(adminConfirmationPage, factorRemovalOf(await read(uid)))
  }

  async function removeFactor({ params: { uid }, requiredActor }: EndRequest, reply: FastifyReply) {
    await users.change(uid, { second_factor: null }, requiredActor)
    return reply.goTo(`/admin/pages/users/${uid}?done=1`)
  }

  async function read(uid: string) {
    const user = await users.requireById(uid)
    return { user, isLastAdmin: await users.isLastAdmin(user) }
  }
}
