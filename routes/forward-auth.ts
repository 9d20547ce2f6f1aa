import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { replyWithError } from '../src/http/error-replies.js'
import {
  forwardedTokens,
  identityHeaders,
  leaveToThePage,
  toForwardAuthRefusal
} from '../src/http/forward-auth.js'

export default async function forwardAuthRoutes(app: FastifyInstance) {
  // Where there are sites, routes/site-auth.ts has these addresses.
  if (app.siteAccess !== null) return
  const options = {
    config: { isForwarded: true },
    onRequest: leaveToThePage,
    preValidation: [addForwarded, app.auth.active],
    onSend: app.auth.fresh
  }
  app.get('/forward-auth', options, tellWhoItIs)
  app.get('/forward-auth/nginx', options, tellWhoItIs)
  app.setErrorHandler((error, request, reply) =>
    replyWithError(error, request, reply.headers(identityHeaders()), { adapt: toForwardAuthRefusal })
  )

  async function tellWhoItIs(request: FastifyRequest, reply: FastifyReply) {
    const account = await app.tokenOwners.requirePresenter(request.requiredClaims)
    return reply.code(204).headers(identityHeaders(account)).send()
  }
}

async function addForwarded(request: FastifyRequest): Promise<void> {
  const urls = [request.headers['x-original-uri'], request.headers['x-forwarded-uri']].flat()
  const forwarded = urls.flatMap((url) => (url === undefined ? [] : forwardedTokens(url)))
  request.sources = { ...request.sources, forwarded }
}
