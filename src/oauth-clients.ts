import { createHash, timingSafeEqual } from 'node:crypto'
import { ServiceError } from './errors.js'

/** The services that may ask about tokens, each with an id and a secret. */
export interface OAuthClients {
  /** Whether there is any. */
  readonly areThere: boolean
  /**
   * The id of the client that an `Authorization` header authenticates by HTTP Basic (RFC 6749 §2.3.1); undefined if it is
   * not of that scheme. An unknown id takes as long as a wrong secret.
   *
   * @throws `InvalidClientError`.
   */
  authenticate(authorization: string | undefined): string | undefined
}

/** See `OAuthClients`; secrets by id. */
export function createOAuthClients(secrets: ReadonlyMap<string, string>): OAuthClients {
  const digests = new Map([...secrets].map(([id, secret]) => [id, digest(secret)]))
  const nobody = digest('')

  return {
    areThere: digests.size > 0,

    authenticate(authorization) {
      const [, encoded] = /^basic +(\S*) *$/i.exec(authorization ?? '') ?? []
      if (encoded === undefined) return undefined
      const [id, secret] = credentials(encoded)
      const expected = digests.get(id)
      // Digests are compared, since they are of one length.
      const isRight = timingSafeEqual(digest(secret), expected ?? nobody)
      if (expected === undefined || !isRight) throw invalidClient()
      return id
    }
  }
}

/** The refusal of a caller that has to authenticate as a client; `challenge` names the schemes that it may use. */
export function invalidClient(challenge = 'Basic realm="postern"'): ServiceError {
  return new ServiceError('InvalidClientError', { headers: { 'www-authenticate': challenge } })
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

// Both are form-encoded before they are joined, so that an id may hold a colon.
function credentials(encoded: string): [id: string, secret: string] {
  const text = Buffer.from(encoded, 'base64').toString()
  const separator = text.indexOf(':')
  if (separator === -1) return ['', '']
  try {
    return [decode(text.slice(0, separator)), decode(text.slice(separator + 1))]
  } catch {
    return ['', '']
  }
}

function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}
