import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { InvitationRequest } from '../../src/admin/invitations.js'
import { PageRequest } from '../../src/admin/paging.js'
import { CreatedInvitation, InvitationList } from '../../src/http/schemas/replies.js'

interface Id {
  id: string
}

export default fp(adminInvitesRoutes)

async function adminInvitesRoutes(app: FastifyInstance) {
  const { invitations } = app
  app.get<{ Querystring: PageRequest }>(
    '/admin/invites',
    {
      config: { scope: 'users:read' },
      schema: { querystring: PageRequest, response: { 200: InvitationList } }
    },
    list
  )
  const writing = { scope: 'users:write' } as const
  app.post<{ Body: InvitationRequest }>(
    '/admin/invites',
    { config: writing, schema: { body: InvitationRequest, response: { 201: CreatedInvitation } } },
    invite
  )
  app.delete<{ Params: Id }>('/admin/invites/:id', { config: writing }, remove)

  async function list({ query }: FastifyRequest<{ Querystring: PageRequest }>) {
    const { items, ...next } = await invitations.list(query)
    return { invites: items, ...next }
  }

  async function invite(request: FastifyRequest<{ Body: InvitationRequest }>, reply: FastifyReply) {
    return reply.code(201).send(await invitations.invite(request.body, request.requiredActor))
  }

  async function remove(request: FastifyRequest<{ Params: Id }>, reply: FastifyReply) {
    await invitations.remove(request.params.id, request.requiredActor)
    return reply.code(204).send()
  }
}
