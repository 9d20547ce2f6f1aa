// A bare Fastify in a process of its own: answers every path with the JSON object in its first argument, by a schema.
import Fastify from 'fastify'

const reply = JSON.parse(process.argv[2] ?? '{}') as Record<string, unknown>
const type = (value: unknown) => ({ type: typeof value === 'number' ? 'integer' : 'string' })
const properties = Object.fromEntries(Object.entries(reply).map(([name, value]) => [name, type(value)]))
const app = Fastify()
app.get('/*', { schema: { response: { 200: { type: 'object', properties } } } }, async () => reply)
console.log(await app.listen({ port: 0 }))
