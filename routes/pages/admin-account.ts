import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { describeAccount, versionTag } from '../../src/admin/account-view.js'
import { accountPatchOf, fieldsOf, fieldsOfForm } from '../../src/browser/account-form.js'
import { mergeFields } from '../../src/browser/edited-account.js'
import { editAccountPage } from '../../src/browser/pages/admin-account-form-pages.js'
import { adminAccountPage } from '../../src/browser/pages/admin-account-page.js'
import { refusalOf } from '../../src/browser/refused.js'
import { Refusal } from '../../src/errors/refusals.js'
import { describeSessions } from '../../src/sessions/session-view.js'

type AccountRequest = FastifyRequest<{ Params: { uid: string }; Querystring: { done?: string } }>

export default fp(adminAccountRoutes)

async function adminAccountRoutes(app: FastifyInstance) {
  if (!app.hasOperatorPages) return
  const { userAdministration: users } = app.service
  const page = '/admin/pages/users/:uid/edit'
  app.get('/admin/pages/users/:uid', show)
  app.get('/admin/pages/users/:uid/edit', showForm)
  app.post('/admin/pages/users/:uid/edit', { config: { page } }, edit)

  async function show({ params: { uid }, query }: AccountRequest, reply: FastifyReply) {
    const user = await users.requireById(uid)
    return reply.page(adminAccountPage, {
      account: await users.describe(user),
      sessions: describeSessions(await users.sessions(uid, 'all'), 'all').refresh_tokens,
      linkExpiresAt: user.passwordLink?.expiresAt,
      isLastAdmin: await users.isLastAdmin(user),
      isDone: query.done !== undefined
    })
  }

  async function showForm({ params: { uid } }: AccountRequest, reply: FastifyReply) {
    const { fields, ...record } = await read(uid)
    return reply.page(editAccountPage, { ...record, recorded: fields, fields })
  }

  async function edit({ params: { uid }, form, requiredActor }: AccountRequest, reply: FastifyReply) {
    const { fields: recorded, ...record } = await read(uid)
    const { version = '', digests = '' } = form
    const change = async () => {
      // The patch is what differs from this very record.
      if (version !== record.version) throw new Refusal('PreconditionFailedError')
      const patch = accountPatchOf(record.account, form)
      await users.change(uid, patch, requiredActor, (tag) => tag === version)
    }
    const refusal = await refusalOf(change())
    if (refusal === undefined) return reply.goTo(`/admin/pages/users/${uid}?done=1`)
    if (refusal.name === 'PreconditionFailedError')
      return showLostRace(uid, fieldsOfForm(form), digests, reply)
    const fields = fieldsOfForm(form)
    return reply.page(editAccountPage, { ...record, recorded, fields, refusal }, refusal.statusCode)
  }

  async function showLostRace(
    uid: string,
    typed: ReturnType<typeof fieldsOfForm>,
    digests: string,
    reply: FastifyReply
  ) {
    const { fields: recorded, ...record } = await read(uid)
    const { fields, changed } = mergeFields(typed, recorded, digests)
    const refusal = changed.length === 0 ? new Refusal('PreconditionFailedError') : undefined
    return reply.page(editAccountPage, { ...record, recorded, fields, changed, refusal }, 412)
  }

  /** The account as the form is about it. */
  async function read(uid: string) {
    const user = await users.requireById(uid)
    const account = describeAccount(user)
    const isLastAdmin = await users.isLastAdmin(user)
    return { account, version: versionTag(user), fields: fieldsOf(account), isLastAdmin }
  }
}
