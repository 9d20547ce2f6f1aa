import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { payloadSerializer } from '../src/http/payload-serializer.js'
import { Payload } from '../src/http/schemas/replies.js'

export default fp(checkRoutes)

async function checkRoutes(app: FastifyInstance) {
  const options = {
    preValidation: app.auth.subject,
    onSend: app.auth.fresh,
    schema: { response: { 200: Payload } },
    serializerCompiler: payloadSerializer
  }
  app.get('/check', options, readPayload)
  // For clients that cannot send a body with GET, such as `fetch`.
  app.post('/check', options, readPayload)

  // Not async: a promise is a part of the cost of so short a call.
  function readPayload(request: FastifyRequest) {
    return request.requiredClaims
  }
}
