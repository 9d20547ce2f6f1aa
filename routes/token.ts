import type { FastifyInstance, FastifyRequest } from 'fastify'
import { describeRequester } from '../src/http/requester.js'
import { SignIn } from '../src/http/schemas/arguments.js'

export default async function tokenRoutes(app: FastifyInstance) {
  app.get<{ Body: SignIn }>('/token', { schema: { body: SignIn } }, issueAccessToken)
  // For clients that cannot send a body with GET, such as `fetch`.
  app.post<{ Body: SignIn }>('/token', { schema: { body: SignIn } }, issueAccessToken)

  async function issueAccessToken(request: FastifyRequest<{ Body: SignIn }>) {
    const { user, pass = '' } = request.body
    return pass === ''
      ? await app.sessions.refresh(user, describeRequester(request))
      : await app.sessions.signIn(user, pass, describeRequester(request))
  }
}
