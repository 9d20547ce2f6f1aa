import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { replyWithError } from '../src/http/error-replies.js'
import { forwardedTokens, identityHeaders, toForwardAuthRefusal } from '../src/http/forward-auth.js'

export default async function forwardAuthRoutes(app: FastifyInstance) {
  app.get(
    '/forward-auth',
    {
      config: { isForwarded: true },
      onRequest: leaveToThePage,
      preValidation: [addForwarded, app.auth.active],
      onSend: app.auth.fresh
    },
    tellWhoItIs
  )
  app.setErrorHandler((error, request, reply) =>
    replyWithError(error, request, reply.headers(identityHeaders()), { adapt: toForwardAuthRefusal })
  )

  async function tellWhoItIs(request: FastifyRequest, reply: FastifyReply) {
    const account = await app.tokenOwners.requirePresenter(request.requiredClaims)
    return reply.code(204).headers(identityHeaders(account)).send()
  }
}

// Caddy and Traefik hand on the headers of the request to the page, and Caddy its query. Its body is not there.
async function leaveToThePage(request: FastifyRequest): Promise<void> {
  request.query = { text: '' }
  for (const name of ['content-type', 'content-encoding', 'content-length', 'transfer-encoding']) {
    delete request.headers[name]
  }
}

async function addForwarded(request: FastifyRequest): Promise<void> {
  const urls = [request.headers['x-original-uri'], request.headers['x-forwarded-uri']].flat()
  const forwarded = urls.flatMap((url) => (url === undefined ? [] : forwardedTokens(url)))
  request.sources = { ...request.sources, forwarded }
}
