/** Why a token is refused, for a program; the message of the error says it to people. */
export type TokenRefusalReason =
  | 'malformed'
  | 'expired'
  | 'not_yet_valid'
  | 'unknown_key'
  | 'bad_signature'
  | 'wrong_claim'
  | 'wrong_type'
  | 'fixture'
  | 'revoked'
  | 'other'

/** A token is not good; the message says why, without quoting it. */
export class TokenRefusedError extends Error {
  override readonly name = 'TokenRefusedError'
  readonly code = 'POSTERN_TOKEN_REFUSED'
  readonly reason: TokenRefusalReason

  constructor(reason: TokenRefusalReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** Postern, or its keys, cannot be reached: the token is neither good nor bad. */
export class PosternUnreachableError extends Error {
  override readonly name = 'PosternUnreachableError'
  readonly code = 'POSTERN_UNREACHABLE'
  /** The address that was asked, without a user name and password. */
  readonly url: string

  constructor(url: URL, message: string, options?: ErrorOptions) {
    const address = addressOf(url)
    super(`${message} (${address})`, options)
    this.url = address
  }
}

// A URL of a setting may hold credentials, and this text goes to logs.
function addressOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`
}
