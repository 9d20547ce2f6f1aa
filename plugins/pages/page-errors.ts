import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { errorPage } from '../../src/browser/pages/error-page.js'
import { layOut } from '../../src/browser/pages/layout.js'
import { Refusal } from '../../src/errors/refusals.js'
import { replyWithError } from '../../src/http/error-replies.js'

/** Answers every error with a page. */
export default fp(
  async (app) => {
    function answer(error: unknown, request: FastifyRequest, reply: FastifyReply) {
      reply.type('text/html; charset=utf-8')
      const toBody = ({ name }: Refusal) => layOut(reply.pageContext, errorPage(reply.pageContext, { name }))
      return replyWithError(error, request, reply, { toBody })
    }

    app.setErrorHandler(answer)
    app.setNotFoundHandler((request, reply) => answer(new Refusal('NotFoundError'), request, reply))
    if (!app.publicSite.isProtected) {
      app.addHook('onRequest', async ({ url }) => {
        // The page that says why has a style sheet.
        if (!url.startsWith('/pages/')) throw new Refusal('InsecureAddressError')
      })
    }
  },
  { name: 'page-errors', dependencies: ['rendering'] }
)
