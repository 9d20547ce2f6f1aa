// The baseline of Postern: a Fastify with one route and nothing else. Without an argument it is the shortest possible; with
// some, it answers every path with that JSON object, by a schema, and with those headers.
import Fastify from 'fastify'

const app = Fastify()
const [json, headers = '{}'] = process.argv.slice(2)
if (json === undefined) {
  app.get('/version', async () => ({ version: '0.5.0' }))
} else {
  const body = JSON.parse(json) as Record<string, unknown>
  const fixed = JSON.parse(headers) as Record<string, string>
  const type = (value: unknown) => ({ type: typeof value === 'number' ? 'integer' : 'string' })
  const properties = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, type(value)]))
  const schema = { response: { 200: { type: 'object', properties } } }
  app.get('/*', { schema }, async (_request, reply) => {
    reply.headers(fixed)
    return body
  })
}
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
