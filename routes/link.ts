import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { describeRequester } from '../src/http/requester.js'
import { LinkRequest } from '../src/http/schemas/arguments.js'

interface Params {
  token: string
}

export default fp(linkRoutes)

async function linkRoutes(app: FastifyInstance) {
  const { links } = app
  // No GET: programs that scan mail follow links, and would spend them.
  app.post<{ Params: Params; Body: LinkRequest }>('/link/:token', { schema: { body: LinkRequest } }, spend)

  async function spend(request: FastifyRequest<{ Params: Params; Body: LinkRequest }>, reply: FastifyReply) {
    const outcome = await links.spend(request.params.token, request.body, describeRequester(request))
    return reply.code(outcome === 'account' ? 201 : 200).send()
  }
}
