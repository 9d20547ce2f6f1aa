import fp from 'fastify-plugin'

export default fp(
  async (app) => {
    // For tokens, claims and refusals alike; a route whose reply may be stored overrides it.
    app.addHook('onRequest', (_request, reply, done) => {
      reply.header('cache-control', 'no-store')
      done()
    })
  },
  { name: 'cache-control' }
)
