import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { accountPage } from '../../src/browser/pages/account-page.js'

export default fp(accountRoutes)

async function accountRoutes(app: FastifyInstance) {
  const signedIn = { onRequest: app.requireSignedIn }
  app.get('/account', signedIn, showAccount)
  app.get('/.well-known/change-password', async (_request, reply) =>
    reply.redirect(`${app.publicSite.base}/account`)
  )

  async function showAccount({ requiredSession: { user } }: FastifyRequest, reply: FastifyReply) {
    return reply.page(accountPage, { user })
  }
}
