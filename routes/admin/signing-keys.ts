import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { SigningKeyList, SigningKeyView } from '../../src/http/schemas/operator-keys.js'
import type { KeyState } from '../../src/keys/key-states.js'

export default fp(signingKeyRoutes)

async function signingKeyRoutes(app: FastifyInstance) {
  const { signingKeys } = app
  const config = { scope: 'keys' } as const
  app.get('/admin/signing-keys', { config, schema: { response: { 200: SigningKeyList } } }, listKeys)
  app.post('/admin/signing-keys', { config, schema: { response: { 201: SigningKeyView } } }, rotateKeys)
  app.delete<{ Params: { kid: string } }>('/admin/signing-keys/:kid', { config }, retireKey)

  async function listKeys() {
    return { keys: signingKeys.list().map(describe) }
  }

  async function rotateKeys(request: FastifyRequest, reply: FastifyReply) {
    return reply.code(201).send(describe(await signingKeys.rotate(request.requiredActor)))
  }

  async function retireKey(request: FastifyRequest<{ Params: { kid: string } }>, reply: FastifyReply) {
    await signingKeys.retire(request.requiredActor, request.params.kid)
    return reply.code(204).send()
  }
}

function describe({ signsFrom, verifiesUntil, ...key }: KeyState) {
  return { ...key, signs_from: signsFrom, verifies_until: verifiesUntil }
}
