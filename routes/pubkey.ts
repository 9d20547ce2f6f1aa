import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

export default fp(pubkeyRoutes)

async function pubkeyRoutes(app: FastifyInstance) {
  app.get('/pubkey', async () => app.keys.publicKey())
}
