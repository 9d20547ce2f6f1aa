import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { replyWithError } from '../src/error-replies.js'
import { forwardedArguments, identityHeaders, toForwardAuthRefusal } from '../src/forward-auth.js'

export default async function forwardAuthRoutes(app: FastifyInstance) {
  app.get('/forward-auth', { preValidation: [addForwarded, app.auth.active] }, tellWhoItIs)
  app.setErrorHandler((error, request, reply) =>
    replyWithError(error, request, reply.headers(identityHeaders()), { adapt: toForwardAuthRefusal })
  )

  async function tellWhoItIs(request: FastifyRequest, reply: FastifyReply) {
    return reply.code(204).headers(identityHeaders(request.requiredClaims)).send()
  }
}

async function addForwarded(request: FastifyRequest): Promise<void> {
  const urls = [request.headers['x-original-uri'], request.headers['x-forwarded-uri']].flat()
  request.sources = {
    ...request.sources,
    forwarded: urls.filter((url) => url !== undefined).map(forwardedArguments)
  }
}
