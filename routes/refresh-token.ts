import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { describeRequester } from '../src/http/requester.js'
import { Confirmation, RefreshToken } from '../src/http/schemas/arguments.js'

export default fp(refreshTokenRoutes)

async function refreshTokenRoutes(app: FastifyInstance) {
  const { accounts, auth, sessions } = app
  app.get<{ Body: Confirmation }>(
    '/refresh_token',
    { preValidation: auth.password, onSend: auth.fresh, schema: { body: Confirmation } },
    issueRefreshToken
  )
  app.delete<{ Body: RefreshToken }>(
    '/refresh_token',
    { preValidation: auth.required, schema: { body: RefreshToken } },
    revokeRefreshToken
  )

  async function issueRefreshToken(request: FastifyRequest<{ Body: Confirmation }>) {
    const client = describeRequester(request)
    await accounts.confirmPassword(request.requiredClaims, request.body.current_pass, client)
    const token = await sessions.issue(request.requiredClaims, client)
    // The password may have taken longer than a judgement is good for.
    request.freshness = (await accounts.authenticate(request.requiredClaims)).freshness ?? null
    return token
  }

  async function revokeRefreshToken(request: FastifyRequest<{ Body: RefreshToken }>, reply: FastifyReply) {
    await sessions.revokeOwn(request.requiredClaims, request.body.refresh_token, describeRequester(request))
    return reply.code(204).send()
  }
}
