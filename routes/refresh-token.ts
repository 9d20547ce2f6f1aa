import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { describeClient } from '../src/http/requester.js'
import { RefreshToken } from '../src/http/schemas/arguments.js'

export default async function refreshTokenRoutes(app: FastifyInstance) {
  const { auth, sessions } = app
  app.get('/refresh_token', { preValidation: auth.password }, issueRefreshToken)
  app.delete<{ Body: RefreshToken }>(
    '/refresh_token',
    { preValidation: auth.required, schema: { body: RefreshToken } },
    revokeRefreshToken
  )

  async function issueRefreshToken(request: FastifyRequest) {
    return await sessions.issue(request.requiredClaims, describeClient(request))
  }

  async function revokeRefreshToken(request: FastifyRequest<{ Body: RefreshToken }>, reply: FastifyReply) {
    await sessions.revokeOwn(request.requiredClaims, request.body.refresh_token, describeClient(request))
    return reply.code(204).send()
  }
}
