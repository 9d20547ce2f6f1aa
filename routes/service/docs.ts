import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import fp from 'fastify-plugin'
import { type BuiltFile, builtFile } from '../../src/http/built-file.js'
import { isMatched } from '../../src/http/entity-tag.js'
import { isOperatorPath } from '../../src/http/operator-calls.js'
import { type Served, servedDocument } from '../../src/http/served-document.js'
import { isUrl } from '../../src/oauth/metadata.js'

interface File {
  name: string
  type: string
  headers?: Record<string, string>
}

// The page calls the service, and loads nothing from elsewhere. `data:` is for the icons in its style sheet.
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

// The size of a TLS record. A larger write is encrypted at once and kept until it is read.
const pieceLength = 16 * 1024

const script = 'text/javascript; charset=utf-8'

const documentFile: File = { name: 'openapi.json', type: 'application/json; charset=utf-8' }

const files: Record<string, File> = {
  '/docs': {
    name: 'index.html',
    type: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': pagePolicy }
  },
  '/docs/start.js': { name: 'start.js', type: script },
  '/docs/swagger-ui-bundle.js': { name: 'swagger-ui-bundle.js', type: script },
  '/docs/swagger-ui.css': { name: 'swagger-ui.css', type: 'text/css; charset=utf-8' }
}

export default fp(docsRoutes)

async function docsRoutes(app: FastifyInstance) {
  if (app.config.POSTERN_DOCS === 'off') return
  const { POSTERN_ISSUER: issuer = '/', POSTERN_ADMIN: admin } = app.config
  const isServed = (url: string) => admin === 'http' || !isOperatorPath(url)
  const served: Served = {
    url: isUrl(issuer) ? issuer.replace(/\/$/, '') : '/',
    hasCall: (method, url) => isServed(url) && app.hasRoute({ method: method as HTTPMethods, url })
  }
  const document = builtFile(documentFile.name, (content) =>
    Buffer.from(servedDocument(content.toString(), served))
  )
  app.get('/openapi.json', async (request, reply) => sendFile(request, reply, documentFile, await document()))
  for (const [url, file] of Object.entries(files)) {
    const built = builtFile(file.name)
    app.get(url, async (request, reply) => sendFile(request, reply, file, await built()))
  }
}

// A browser updates the headers of a stored response from a 304, so the page's policy has to be in that, too.
async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, headers = {} }: File,
  { content, etag }: BuiltFile
) {
  reply.headers({ ...headers, 'cache-control': 'no-cache', etag })
  if (isMatched(request.headers['if-none-match'], etag)) return reply.code(304).send()
  return reply
    .type(type)
    .header('content-length', content.length)
    .send(Readable.from(piecesOf(content)))
}

function* piecesOf(content: Buffer): Generator<Buffer> {
  for (let start = 0; start < content.length; start += pieceLength) {
    yield content.subarray(start, start + pieceLength)
  }
}
