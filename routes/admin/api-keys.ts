import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { ApiKeyRequest } from '../../src/admin/api-keys.js'
import { PageRequest } from '../../src/admin/paging.js'
import { ApiKeyList, NewApiKeyView } from '../../src/http/schemas/operator-keys.js'

export default fp(apiKeyRoutes)

async function apiKeyRoutes(app: FastifyInstance) {
  const apiKeys = await app.loadApiKeys()
  const config = { scope: 'keys' } as const
  app.get<{ Querystring: PageRequest }>(
    '/admin/api-keys',
    { config, schema: { querystring: PageRequest, response: { 200: ApiKeyList } } },
    listKeys
  )
  app.post<{ Body: ApiKeyRequest }>(
    '/admin/api-keys',
    { config, schema: { body: ApiKeyRequest, response: { 201: NewApiKeyView } } },
    makeKey
  )
  app.delete<{ Params: { id: string } }>('/admin/api-keys/:id', { config }, removeKey)

  async function listKeys({ query }: FastifyRequest<{ Querystring: PageRequest }>) {
    const { items, ...next } = await apiKeys.list(query)
    return {
      ...next,
      api_keys: items.map(({ id, name, scopes, createdAt, expiresAt, lastUsedAt }) => ({
        id,
        name,
        scopes,
        created_at: createdAt,
        expires_at: expiresAt,
        last_used_at: lastUsedAt
      }))
    }
  }

  async function makeKey(request: FastifyRequest<{ Body: ApiKeyRequest }>, reply: FastifyReply) {
    const { name, scopes, expires_in: expiresIn } = request.body
    const { record, key } = await apiKeys.create(request.requiredActor, { name, scopes, expiresIn })
    const { id, expiresAt } = record
    return reply.code(201).send({ id, name, scopes: record.scopes, expires_at: expiresAt, key })
  }

  async function removeKey(request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply) {
    await apiKeys.remove(request.requiredActor, request.params.id)
    return reply.code(204).send()
  }
}
