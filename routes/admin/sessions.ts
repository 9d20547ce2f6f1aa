import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { SessionKinds } from '../../src/http/schemas/arguments.js'
import { SessionList } from '../../src/http/schemas/replies.js'
import { describeSessions } from '../../src/sessions/session-view.js'

interface Uid {
  uid: string
}

const config = { scope: 'sessions' } as const

export default fp(adminSessionsRoutes)

async function adminSessionsRoutes(app: FastifyInstance) {
  const { userAdministration: users } = app
  app.get<{ Params: Uid; Querystring: SessionKinds }>(
    '/admin/users/:uid/sessions',
    { config, schema: { querystring: SessionKinds, response: { 200: SessionList } } },
    listSessions
  )
  app.delete<{ Params: Uid }>('/admin/users/:uid/sessions', { config }, endSessions)
  app.delete<{ Params: Uid & { id: string } }>('/admin/users/:uid/sessions/:id', { config }, endSession)
  app.post<{ Params: Uid }>('/admin/users/:uid/sign-out', { config }, signOut)

  async function listSessions({ params, query }: FastifyRequest<{ Params: Uid; Querystring: SessionKinds }>) {
    const { kind = 'refresh_token' } = query
    return describeSessions(await users.sessions(params.uid, kind), kind)
  }

  async function endSessions(request: FastifyRequest<{ Params: Uid }>, reply: FastifyReply) {
    await users.endSessions(request.params.uid, request.requiredActor)
    return reply.code(204).send()
  }

  async function endSession(request: FastifyRequest<{ Params: Uid & { id: string } }>, reply: FastifyReply) {
    await users.endSession(request.params.uid, request.params.id, request.requiredActor)
    return reply.code(204).send()
  }

  async function signOut(request: FastifyRequest<{ Params: Uid }>, reply: FastifyReply) {
    await users.signOut(request.params.uid, request.requiredActor)
    return reply.code(204).send()
  }
}
