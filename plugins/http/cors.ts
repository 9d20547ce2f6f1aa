import fastifyCors from '@fastify/cors'
import fp from 'fastify-plugin'
import { parseCorsOrigin } from '../../src/config/config.js'

// How long a browser may go by a preflight's answer, in seconds; longer ones are cut down by most.
const maxAge = 7200

export default fp(
  async (app) => {
    const origin = parseCorsOrigin(app.config.POSTERN_CORS_ORIGIN)
    if (origin.length === 0) return
    await app.register(fastifyCors, {
      origin,
      methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
      allowedHeaders: ['Authorization', 'Content-Type'],
      exposedHeaders: ['Retry-After', 'WWW-Authenticate'],
      maxAge,
      hideOptionsRoute: true
    })
  },
  { name: 'cors', dependencies: ['config'] }
)
