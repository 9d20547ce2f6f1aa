// What a start is measured against: Fastify with one route, not bundled.
import Fastify from 'fastify'

const app = Fastify()
app.get('/version', async () => ({ version: '0.1.0' }))
console.log(`listening on ${await app.listen({ port: 0 })}`)
