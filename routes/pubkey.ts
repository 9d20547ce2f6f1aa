import type { FastifyInstance } from 'fastify'

export default async function pubkeyRoutes(app: FastifyInstance) {
  app.get('/pubkey', async () => app.keys.publicKey())
}
