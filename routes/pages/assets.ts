import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { script, scriptAddress } from '../../src/browser/pages/script.js'
import { styleAddress, styleSheet } from '../../src/browser/pages/style.js'
import { Refusal } from '../../src/errors/refusals.js'

// Their addresses change with them. Under another one an instance of another release is asked, whose content must not stay.
const cachingOf = ({ url }: FastifyRequest, address: string) =>
  url === address ? 'public, max-age=31536000, immutable' : 'no-cache'

export default fp(assetRoutes)

async function assetRoutes(app: FastifyInstance) {
  const { brand } = app
  app.get('/pages/style.css', async (request, reply) =>
    send(reply, 'text/css', styleSheet(brand), cachingOf(request, styleAddress(brand)))
  )
  app.get('/pages/page.js', async (request, reply) =>
    send(reply, 'text/javascript', script, cachingOf(request, scriptAddress))
  )
  app.get('/pages/logo', sendLogo)

  async function sendLogo(_request: unknown, reply: FastifyReply) {
    if (brand.logo === undefined) throw new Refusal('NotFoundError')
    // Opened by itself, an SVG is a document of our origin.
    reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    return send(reply, brand.logo.type, brand.logo.content, 'public, max-age=3600')
  }
}

function send(reply: FastifyReply, type: string, content: string | Buffer, caching: string) {
  return reply.type(type).header('cache-control', caching).send(content)
}
