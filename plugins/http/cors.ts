import fastifyCors from '@fastify/cors'
import fp from 'fastify-plugin'

// How long a browser may cache a preflight's answer, in seconds. Most browsers cut a longer time down.
const maxAge = 7200

export default fp(
  async (app) => {
    const { POSTERN_CORS_ORIGIN: origin } = app.config
    if (origin.length === 0) return
    await app.register(fastifyCors, {
      origin: origin === '*' ? origin : [...origin],
      methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
      allowedHeaders: ['Authorization', 'Content-Type'],
      exposedHeaders: ['Retry-After', 'WWW-Authenticate'],
      maxAge,
      hideOptionsRoute: true
    })
  },
  { name: 'cors', dependencies: ['config'] }
)
