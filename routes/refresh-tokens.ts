import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { describeRequester } from '../src/http/requester.js'
import { SessionList } from '../src/http/schemas/replies.js'
import { describeSession } from '../src/sessions/session-view.js'

export default fp(refreshTokensRoutes)

async function refreshTokensRoutes(app: FastifyInstance) {
  const { auth, sessions } = app
  app.get(
    '/refresh_tokens',
    { preValidation: auth.required, onSend: auth.fresh, schema: { response: { 200: SessionList } } },
    listSessions
  )
  app.delete('/refresh_tokens', { preValidation: auth.password }, endSessions)

  async function listSessions(request: FastifyRequest) {
    return { refresh_tokens: (await sessions.list(request.requiredClaims)).map(describeSession) }
  }

  async function endSessions(request: FastifyRequest, reply: FastifyReply) {
    await sessions.endAll(request.requiredClaims, describeRequester(request))
    return reply.code(204).send()
  }
}
