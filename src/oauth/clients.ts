import { Refusal } from '../errors/refusals.js'
import { isSameSecret } from '../secrets.js'

/** The clients that may pass. */
export interface ClientRules {
  /** An id that is not configured passes without a secret, as a public client: the method `none` of the metadata. */
  allowPublic?: boolean
}

/** The services that may ask about tokens, each with an id and a secret. */
export interface OAuthClients {
  /** Whether there is any. */
  readonly areThere: boolean
  /**
   * The id of the client that authenticates by HTTP Basic, or by `client_id` and `client_secret` in the form (RFC 6749
   * §2.3.1); undefined if neither is there. An empty parameter counts as left out (§3.2). An unknown id takes as long as a
   * wrong secret.
   *
   * @throws `InvalidClientError`; `MalformedRequestError` for both at once.
   */
  authenticate(
    authorization: string | undefined,
    form: Readonly<Record<string, unknown>>,
    options?: ClientRules
  ): string | undefined
}

/** See `OAuthClients`; secrets by id. */
export function createOAuthClients(secrets: ReadonlyMap<string, string>): OAuthClients {
  return {
    areThere: secrets.size > 0,

    authenticate(authorization, form, { allowPublic = false } = {}) {
      const encoded = basicCredentials(authorization)
      const formSecret = given(form.client_secret)
      if (encoded === undefined && formSecret === undefined) return undefined
      if (encoded !== undefined && formSecret !== undefined) {
        throw new Refusal('MalformedRequestError', { message: 'The client authenticates in two ways.' })
      }
      const [id, secret] =
        encoded === undefined ? [given(form.client_id) ?? '', formSecret ?? ''] : credentials(encoded)
      // Many libraries send the id of a public client by HTTP Basic, with an empty secret (RFC 6749 §2.3.1).
      if (allowPublic && secret === '' && id !== '' && !secrets.has(id)) return undefined
      const expected = secrets.get(id)
      if (!isSameSecret(secret, expected ?? '') || expected === undefined) throw invalidClient()
      return id
    }
  }
}

function given(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The refusal of a caller without client authentication; `challenge` names the accepted schemes. */
export function invalidClient(challenge = 'Basic realm="postern"'): Refusal {
  return new Refusal('InvalidClientError', { headers: { 'www-authenticate': challenge } })
}

// Only one way to match a run of spaces: with two, backtracking takes quadratic time (of 15 KiB).
function basicCredentials(authorization = ''): string | undefined {
  const match = /^basic +(?:(\S+) *)?$/i.exec(authorization)
  return match === null ? undefined : (match[1] ?? '')
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
