import type { FastifyInstance, FastifyReply } from 'fastify'
import { builtFile } from '../src/built-file.js'

interface File {
  name: string
  type: string
  headers?: Record<string, string>
}

// The page calls the service, and gets nothing from anywhere else. `data:` is for the icons in its style sheet.
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join(';')

const script = 'text/javascript; charset=utf-8'

const files: Record<string, File> = {
  '/openapi.json': { name: 'openapi.json', type: 'application/json; charset=utf-8' },
  '/docs': {
    name: 'index.html',
    type: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': pagePolicy }
  },
  '/docs/start.js': { name: 'start.js', type: script },
  '/docs/swagger-ui-bundle.js': { name: 'swagger-ui-bundle.js', type: script },
  '/docs/swagger-ui.css': { name: 'swagger-ui.css', type: 'text/css; charset=utf-8' }
}

export default async function docsRoutes(app: FastifyInstance) {
  for (const [url, file] of Object.entries(files)) {
    const content = builtFile(file.name)
    app.get(url, async (_request, reply) => sendFile(reply, file, await content()))
  }
}

async function sendFile(reply: FastifyReply, { type, headers = {} }: File, content: Buffer) {
  return reply.type(type).headers(headers).send(content)
}
