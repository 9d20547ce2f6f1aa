import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { invalidToken, isTokenRefusal } from '../src/errors/refusals.js'
import { describeRequester } from '../src/http/requester.js'
import { SignIn } from '../src/http/schemas/arguments.js'

export default fp(tokenRoutes)

async function tokenRoutes(app: FastifyInstance) {
  app.get<{ Body: SignIn }>('/token', { schema: { body: SignIn } }, issueAccessToken)
  // For clients that cannot send a body with GET, such as `fetch`.
  app.post<{ Body: SignIn }>('/token', { schema: { body: SignIn } }, issueAccessToken)

  async function issueAccessToken(request: FastifyRequest<{ Body: SignIn }>) {
    const { user, pass = '', otp } = request.body
    const requester = describeRequester(request)
    if (pass !== '') return await app.sessions.signIn({ name: user, password: pass, otp }, requester)
    return await app.sessions.refresh(user, requester).catch((error: unknown) => {
      // Most likely a name, whose password was forgotten or sent by another key.
      throw isTokenRefusal(error) && !user.includes('.') ? noToken() : error
    })
  }
}

function noToken() {
  return invalidToken('The token is malformed: without pass, user takes a refresh token.')
}
