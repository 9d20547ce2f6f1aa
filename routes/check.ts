import type { FastifyInstance, FastifyRequest } from 'fastify'
import { payloadSerializer } from '../src/http/payload-serializer.js'
import { Payload } from '../src/http/schemas/replies.js'

export default async function checkRoutes(app: FastifyInstance) {
  app.get(
    '/check',
    {
      preValidation: app.auth.subject,
      schema: { response: { 200: Payload } },
      serializerCompiler: payloadSerializer
    },
    readPayload
  )

  // Not async: a promise is a part of the cost of so short a call.
  function readPayload(request: FastifyRequest) {
    return request.requiredClaims
  }
}
