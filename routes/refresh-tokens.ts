import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { describeRequester } from '../src/http/requester.js'
import { SessionKinds } from '../src/http/schemas/arguments.js'
import { SessionList } from '../src/http/schemas/replies.js'
import { describeSessions } from '../src/sessions/session-view.js'

export default fp(refreshTokensRoutes)

async function refreshTokensRoutes(app: FastifyInstance) {
  const { auth, sessions } = app
  app.get<{ Body: SessionKinds }>(
    '/refresh_tokens',
    {
      preValidation: auth.required,
      onSend: auth.fresh,
      schema: { body: SessionKinds, response: { 200: SessionList } }
    },
    listSessions
  )
  app.delete('/refresh_tokens', { preValidation: auth.password }, endSessions)

  async function listSessions(request: FastifyRequest<{ Body: SessionKinds }>) {
    const { kind = 'refresh_token' } = request.body
    return describeSessions(await sessions.list(request.requiredClaims, kind), kind)
  }

  async function endSessions(request: FastifyRequest, reply: FastifyReply) {
    await sessions.endAll(request.requiredClaims, describeRequester(request))
    return reply.code(204).send()
  }
}
