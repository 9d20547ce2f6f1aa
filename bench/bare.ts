// What Postern is measured against: a Fastify with one route and nothing else. Without an argument it is the shortest that
// there is; with one, it answers every path with that JSON object, by a schema.
import Fastify from 'fastify'

const app = Fastify()
const [json] = process.argv.slice(2)
if (json === undefined) {
  app.get('/version', async () => ({ version: '0.1.0' }))
} else {
  const reply = JSON.parse(json) as Record<string, unknown>
  const type = (value: unknown) => ({ type: typeof value === 'number' ? 'integer' : 'string' })
  const properties = Object.fromEntries(Object.entries(reply).map(([name, value]) => [name, type(value)]))
  app.get('/*', { schema: { response: { 200: { type: 'object', properties } } } }, async () => reply)
}
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
