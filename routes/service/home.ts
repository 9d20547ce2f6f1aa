import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Refusal } from '../../src/errors/refusals.js'
import { acceptsHtml, homePage } from '../../src/http/home-page.js'
import { version } from '../../src/version.js'

export default fp(homeRoutes)

async function homeRoutes(app: FastifyInstance) {
  const page = homePage({ version, hasDocs: app.config.POSTERN_DOCS === 'on' })
  // Without the option autoload makes it a route at // as well.
  app.get('/', { prefixTrailingSlash: 'no-slash' }, showHome)

  async function showHome(request: FastifyRequest, reply: FastifyReply) {
    if (!acceptsHtml(request.headers.accept)) throw new Refusal('NotFoundError')
    if (app.pages !== null) return reply.header('vary', 'accept').redirect(app.pages.addressOf('/account'))
    const { html, policy } = page()
    return reply
      .type('text/html; charset=utf-8')
      .headers({ 'content-security-policy': policy, vary: 'accept' })
      .send(html)
  }
}
