import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RefreshToken } from '../src/schemas/arguments.js'

export default async function refreshTokenRoutes(app: FastifyInstance) {
  const { auth, accounts } = app
  app.get('/refresh_token', { preValidation: auth.password }, issueRefreshToken)
  app.delete<{ Body: RefreshToken }>(
    '/refresh_token',
    { preValidation: auth.required, schema: { body: RefreshToken } },
    revokeRefreshToken
  )

  async function issueRefreshToken(request: FastifyRequest) {
    return await accounts.issueRefreshToken(request.requiredClaims, request.ip)
  }

  async function revokeRefreshToken(request: FastifyRequest<{ Body: RefreshToken }>, reply: FastifyReply) {
    await accounts.revokeRefreshToken(request.requiredClaims, request.body.refresh_token, request.ip)
    return reply.code(204).send()
  }
}
