import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { entityTag, isMatched } from '../../src/http/entity-tag.js'
import { publicAddress } from '../../src/http/public-address.js'
import { describeServer } from '../../src/oauth/metadata.js'

// How long verifiers may cache the keys, in seconds.
const maxKeyAge = 300

export default fp(wellKnownRoutes)

async function wellKnownRoutes(app: FastifyInstance) {
  const { POSTERN_KEY_PUBLISH_AHEAD: publishAhead } = app.config
  // A key that is published late must not be missed: caches keep the set no longer than keys are published ahead.
  const keyCaching = `public, max-age=${Math.min(maxKeyAge, publishAhead)}`

  app.get(
    '/.well-known/jwks.json',
    publish(() => app.keys.publicSet)
  )
  // Apart: a service that goes by the other set must never take an assertion for an access token.
  app.get(
    '/.well-known/assertion-jwks.json',
    publish(() => app.keys.assertionSet)
  )
  app.get('/.well-known/oauth-authorization-server', readMetadata)
  app.get('/.well-known/openid-configuration', readMetadata)

  function publish(readSet: () => string) {
    // Every verifier asks for it; it changes with a rotation only.
    let published = { text: '', etag: '' }

    return async function readKeys(request: FastifyRequest, reply: FastifyReply) {
      const text = readSet()
      if (text !== published.text) published = { text, etag: entityTag(text) }
      const { etag } = published
      reply.headers({ 'cache-control': keyCaching, etag })
      if (isMatched(request.headers['if-none-match'], etag)) return reply.code(304).send()
      return reply.type('application/jwk-set+json').send(text)
    }
  }

  async function readMetadata(request: FastifyRequest) {
    return describeServer({
      issuer: app.config.POSTERN_ISSUER,
      address: publicAddress(app, request),
      clients: app.oauthClients
    })
  }
}
