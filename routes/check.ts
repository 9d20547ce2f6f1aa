import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Payload } from '../src/schemas/replies.js'

export default async function checkRoutes(app: FastifyInstance) {
  app.get('/check', { preValidation: app.auth.subject, schema: { response: { 200: Payload } } }, readPayload)

  async function readPayload(request: FastifyRequest) {
    return request.requiredClaims
  }
}
