import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

export default fp(adminRoutes)

async function adminRoutes(app: FastifyInstance) {
  if (!app.hasOperatorPages) return
  app.get('/admin', goToAccounts)
  app.get('/admin/pages', goToAccounts)

  async function goToAccounts(_request: FastifyRequest, reply: FastifyReply) {
    return reply.goTo('/admin/pages/users')
  }
}
