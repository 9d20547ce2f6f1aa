import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { describeRequester } from '../src/http/requester.js'
import { SessionList } from '../src/http/schemas/replies.js'
import type { Session } from '../src/sessions/sessions.js'

export default fp(refreshTokensRoutes)

async function refreshTokensRoutes(app: FastifyInstance) {
  const { auth, sessions } = app
  app.get(
    '/refresh_tokens',
    { preValidation: auth.required, schema: { response: { 200: SessionList } } },
    listSessions
  )
  app.delete('/refresh_tokens', { preValidation: auth.password }, endSessions)

  async function listSessions(request: FastifyRequest) {
    return { refresh_tokens: (await sessions.list(request.requiredClaims)).map(describe) }
  }

  async function endSessions(request: FastifyRequest, reply: FastifyReply) {
    await sessions.endAll(request.requiredClaims, describeRequester(request))
    return reply.code(204).send()
  }
}

// To the second, and with the id of each token, the list would tell a thief of an access token when a refresh token rotates.
const hour = 3600

function describe({ id, family, issuedAt, lastUsedAt, exp, address, userAgent }: Session) {
  return {
    jti: id,
    rotates: family !== undefined,
    issued_at: issuedAt,
    last_used_at: lastUsedAt === undefined ? null : lastUsedAt - (lastUsedAt % hour),
    expires_at: family === undefined ? exp : exp - (exp % hour),
    address,
    user_agent: userAgent ?? null
  }
}
