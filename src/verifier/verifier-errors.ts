/** A token is not good; the message says why, without quoting it. */
export class TokenRefusedError extends Error {
  override readonly name = 'TokenRefusedError'
}

/** Postern, or its keys, cannot be reached: the token is neither good nor bad. */
export class PosternUnreachableError extends Error {
  override readonly name = 'PosternUnreachableError'
}
