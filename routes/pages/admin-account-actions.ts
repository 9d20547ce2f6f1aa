import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { AccountPatch } from '../../src/admin/account-changes.js'
import { requireValid } from '../../src/browser/valid-arguments.js'

type ActionRequest = FastifyRequest<{ Params: { uid: string; id: string } }>

export default fp(adminAccountActionRoutes)

async function adminAccountActionRoutes(app: FastifyInstance) {
  if (!app.hasOperatorPages) return
  const { userAdministration: users } = app.service
  const onPage = { config: { page: '/admin/pages/users/:uid' } }
  app.post('/admin/pages/users/:uid/state', onPage, setState)
  app.post('/admin/pages/users/:uid/sign-out', onPage, signOut)
  app.post('/admin/pages/users/:uid/sessions/:id/end', onPage, endSession)

  async function setState({ params: { uid }, form, requiredActor }: ActionRequest, reply: FastifyReply) {
    await users.change(uid, requireValid(AccountPatch, { state: form.state ?? '' }), requiredActor)
    return goBack(uid, reply)
  }

  async function signOut({ params: { uid }, requiredActor }: ActionRequest, reply: FastifyReply) {
    await users.signOut(uid, requiredActor)
    return goBack(uid, reply)
  }

  async function endSession({ params: { uid, id }, requiredActor }: ActionRequest, reply: FastifyReply) {
    await users.endSession(uid, id, requiredActor)
    return goBack(uid, reply)
  }

  function goBack(uid: string, reply: FastifyReply) {
    return reply.goTo(`/admin/pages/users/${uid}?done=1`)
  }
}
