import { Refusal, type RefusalName } from '../errors/refusals.js'

const codes: Partial<Record<RefusalName, string>> = {
  InvalidClientError: 'invalid_client',
  UnsupportedGrantTypeError: 'unsupported_grant_type',
  IncorrectPasswordError: 'invalid_grant',
  UserDeactivatedError: 'invalid_grant',
  SecondFactorRequiredError: 'invalid_grant',
  SecondFactorSetupRequiredError: 'invalid_grant',
  IncorrectSecondFactorError: 'invalid_grant',
  InvalidTokenError: 'invalid_grant',
  TokenTypeError: 'invalid_grant'
}

/** A refusal in OAuth's form: an invalid grant is a 400, whatever its status elsewhere (RFC 6749 §5.2). */
export function toOAuthRefusal(refusal: Refusal): Refusal {
  // A caller's own access token, which is refused by 401, is not a grant.
  if (codes[refusal.name] !== 'invalid_grant' || refusal.statusCode === 401) return refusal
  return new Refusal(refusal.name, { message: refusal.message, statusCode: 400 })
}

// OAuth has one code for them, and a client has to tell them apart.
const namedInDescription: ReadonlySet<RefusalName> = new Set<RefusalName>([
  'SecondFactorRequiredError',
  'SecondFactorSetupRequiredError',
  'IncorrectSecondFactorError'
])

/** The body of an error reply of OAuth (RFC 6749 §5.2). The description of a refusal for the second factor is its name. */
export function toOAuthErrorBody({ name, statusCode, message }: Refusal) {
  const description = namedInDescription.has(name) ? name : message
  return { error: codeOf(name, statusCode), error_description: description }
}

function codeOf(name: RefusalName, statusCode: number): string {
  if (statusCode === 401 && name !== 'InvalidClientError') return 'invalid_token'
  if (statusCode === 429 || statusCode === 503) return 'temporarily_unavailable'
  if (statusCode >= 500) return 'server_error'
  return codes[name] ?? 'invalid_request'
}
