import type { OAuthClients } from './clients.js'
import { defaultScope } from './scope.js'

/** The sources of the metadata. */
export interface ServerFacts {
  /** The issuer that is set. */
  issuer?: string | undefined
  /** The address of the service as the client reaches it. */
  address: string
  clients: Pick<OAuthClients, 'areThere'>
}

/**
 * The metadata of this authorization server (RFC 8414 §2). There is no authorization endpoint, so no `response_types_supported`
 * either: §2 requires the member, but §3.2 has one with no elements left out.
 */
export function describeServer({ issuer: configuredIssuer, address, clients }: ServerFacts) {
  const issuer = configuredIssuer ?? address
  const base = (isUrl(issuer) ? issuer : address).replace(/\/$/, '')
  const clientMethods = clients.areThere ? ['client_secret_basic', 'client_secret_post'] : []
  return {
    issuer,
    jwks_uri: `${base}/.well-known/jwks.json`,
    token_endpoint: `${base}/oauth/token`,
    token_endpoint_auth_methods_supported: ['none', ...clientMethods],
    grant_types_supported: ['password', 'refresh_token'],
    scopes_supported: [defaultScope],
    userinfo_endpoint: `${base}/user`,
    introspection_endpoint: `${base}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: [...clientMethods, 'Bearer'],
    revocation_endpoint: `${base}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: ['none', ...clientMethods]
  }
}

/** Whether an issuer is the URL that the endpoints are under. */
export function isUrl(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text)
}
