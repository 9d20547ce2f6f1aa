import fp from 'fastify-plugin'
import { createRevocationFeed, type RevocationFeed } from '../../src/sessions/revocation-feed.js'

declare module 'fastify' {
  interface FastifyInstance {
    revocationFeed: RevocationFeed
  }
}

export default fp(
  async (app) => {
    const feed = createRevocationFeed({ store: app.store })
    app.decorate('revocationFeed', feed)
    // Before the server closes: it waits for the requests under way.
    app.addHook('preClose', async () => feed.end())
  },
  { name: 'revocation-feed', dependencies: ['store'] }
)
