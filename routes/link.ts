import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { acceptsHtml } from '../src/http/home-page.js'
import { describeRequester } from '../src/http/requester.js'
import { LinkRequest } from '../src/http/schemas/arguments.js'

interface Params {
  token: string
}

export default fp(linkRoutes)

async function linkRoutes(app: FastifyInstance) {
  const { links, pages } = app
  const options = { onRequest: pages === null ? [] : [forBrowsers], schema: { body: LinkRequest } }
  app.post<{ Params: Params; Body: LinkRequest }>('/link/:token', options, spend)

  // Anybody else gets the answer of the call, and needs no token of a form: the call relies on no cookie.
  async function forBrowsers(request: FastifyRequest, reply: FastifyReply) {
    if (acceptsHtml(request.headers.accept)) return await pages?.handOver(request, reply)
  }

  async function spend(request: FastifyRequest<{ Params: Params; Body: LinkRequest }>, reply: FastifyReply) {
    const outcome = await links.spend(request.params.token, request.body, describeRequester(request))
    return reply.code(outcome === 'account' ? 201 : 200).send()
  }
}
