import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Version } from '../../src/http/schemas/replies.js'
import { version } from '../../src/version.js'

export default fp(versionRoutes)

async function versionRoutes(app: FastifyInstance) {
  app.get('/version', { schema: { response: { 200: Version } } }, () => ({ version }))
}
