import type { FastifyInstance, FastifyRequest } from 'fastify'
import { serverAddress } from '../http/server-address.js'

/** What is true of this authorization server (RFC 8414 §2), as the client of this request reaches it. */
export function describeServer(app: FastifyInstance, request: FastifyRequest) {
  const issuer = app.config.POSTERN_ISSUER ?? publicAddress(app, request)
  const base = (isUrl(issuer) ? issuer : publicAddress(app, request)).replace(/\/$/, '')
  const clientMethods = app.oauthClients.areThere ? ['client_secret_basic', 'client_secret_post'] : []
  return {
    issuer,
    jwks_uri: `${base}/.well-known/jwks.json`,
    token_endpoint: `${base}/oauth/token`,
    token_endpoint_auth_methods_supported: ['none', ...clientMethods],
    grant_types_supported: ['password', 'refresh_token'],
    // There is no authorization endpoint.
    response_types_supported: [],
    introspection_endpoint: `${base}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: [...clientMethods, 'Bearer'],
    revocation_endpoint: `${base}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: ['none', ...clientMethods]
  }
}

// `Host` may be anything that a client makes up, unless it comes from a proxy that is trusted.
function publicAddress(app: FastifyInstance, { ips = [], protocol, host }: FastifyRequest): string {
  const isFromProxy = ips.length > 1
  return isFromProxy && /^[\w.-]+(:\d+)?$|^\[[\da-f:.]+\](:\d+)?$/i.test(host)
    ? `${protocol}://${host}`
    : serverAddress(app)
}

function isUrl(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text)
}
