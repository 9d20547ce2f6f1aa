import { errors } from 'jose'
import { type TokenRefusalReason, TokenRefusedError } from './verifier-errors.js'

// The messages of Postern that tell a reason, in the check mode. Postern's replies have no field of their own for it.
const reasons: readonly (readonly [RegExp, TokenRefusalReason])[] = [
  [/^The token has expired\.$/, 'expired'],
  [/^The token is not valid yet\.$/, 'not_yet_valid'],
  [/^The token is malformed\.$/, 'malformed'],
  [/^The key of the token /, 'unknown_key'],
  [/^The signature of the token /, 'bad_signature'],
  [/^The token is one of a test fixture\.$/, 'fixture'],
  [/^The claim \w+ of the token /, 'wrong_claim'],
  [
    /^The (?:token has been revoked|password was changed|user has been deleted|account of the token) ?/,
    'revoked'
  ]
]

/** The refusal that Postern answered to a question about a token. */
export function refusalOfReply(name: string, message: string): TokenRefusedError {
  const [, reason] = reasons.find(([pattern]) => pattern.test(message)) ?? []
  return new TokenRefusedError(name === 'TokenTypeError' ? 'wrong_type' : (reason ?? 'other'), message)
}

/** The refusal of a token by its key. The message is not that of jose, which quotes the token: text for no header and no log. */
export function refusalOfJose(error: errors.JOSEError): TokenRefusedError {
  const refused = (reason: TokenRefusalReason, message: string) =>
    new TokenRefusedError(reason, message, { cause: error })
  if (error instanceof errors.JWTExpired) return refused('expired', 'The token has expired.')
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error
    return claim === 'nbf' && reason === 'check_failed'
      ? refused('not_yet_valid', 'The token is not valid yet.')
      : wrongClaim(claim, error)
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return refused('unknown_key', 'The key of the token is not known.')
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return refused('bad_signature', 'The signature of the token is not valid.')
  }
  return refused('other', 'The token is not one that Postern makes.')
}

/** The refusal of a token for one of its claims. */
export function wrongClaim(claim: string, cause?: Error): TokenRefusedError {
  const message = `The claim ${claim} of the token is missing or not the expected one.`
  return new TokenRefusedError('wrong_claim', message, cause && { cause })
}
