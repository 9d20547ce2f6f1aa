import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { payloadSerializer } from '../src/http/payload-serializer.js'
import { describeRequester } from '../src/http/requester.js'
import { Confirmation, Credentials, NewPassword } from '../src/http/schemas/arguments.js'
import { Payload } from '../src/http/schemas/replies.js'

export default fp(userRoutes)

async function userRoutes(app: FastifyInstance) {
  const { auth, accounts } = app
  app.post<{ Body: Credentials }>('/user', { schema: { body: Credentials } }, register)
  app.get(
    '/user',
    {
      preValidation: auth.optional,
      onSend: auth.fresh,
      schema: { response: { 200: Payload } },
      serializerCompiler: payloadSerializer
    },
    readPayload
  )
  app.patch<{ Body: NewPassword }>(
    '/user',
    { preValidation: auth.password, schema: { body: NewPassword } },
    changePassword
  )
  app.delete<{ Body: Confirmation }>(
    '/user',
    { preValidation: auth.password, schema: { body: Confirmation } },
    deactivate
  )

  async function register(request: FastifyRequest<{ Body: Credentials }>, reply: FastifyReply) {
    await accounts.register(request.body.user, request.body.pass, describeRequester(request))
    return reply.code(201).send()
  }

  // Not async: a promise is a part of the cost of so short a call.
  function readPayload(request: FastifyRequest, reply: FastifyReply) {
    return request.claims ?? reply.code(204).send()
  }

  async function changePassword(request: FastifyRequest<{ Body: NewPassword }>, reply: FastifyReply) {
    const { pass, current_pass } = request.body
    const passwords = { password: pass, currentPassword: current_pass }
    await accounts.changePassword(request.requiredClaims, passwords, describeRequester(request))
    return reply.send()
  }

  async function deactivate(request: FastifyRequest<{ Body: Confirmation }>, reply: FastifyReply) {
    await accounts.deactivate(request.requiredClaims, request.body.current_pass, describeRequester(request))
    return reply.code(204).send()
  }
}
