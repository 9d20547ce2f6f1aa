import { errors, type JWTPayload, type JWTVerifyOptions, type JWTVerifyResult, jwtVerify } from 'jose'
import { maxTokenLength } from '../tokens/claims.js'
import { type PublishedKeys, publishedKeys } from './published-keys.js'
import { refusalOfJose } from './token-refusals.js'
import { PosternUnreachableError, TokenRefusedError } from './verifier-errors.js'

/** The keys of a Postern, and where they are. */
export interface Keys {
  address: URL
  published: PublishedKeys
}

/** The keys at this path of the Postern at a URL, or at an address of their own. @throws `TypeError` for a URL that is none. */
export function keysAt(url: string, path: string, jwksUrl: string | undefined): Keys {
  const address = jwksUrl === undefined ? below(url, path) : new URL(jwksUrl)
  return { address, published: publishedKeys(address) }
}

/** The address of a path of the service at a URL. @throws `TypeError` for a URL that is none. */
export function below(url: string, path: string): URL {
  return new URL(`${url.replace(/\/$/, '')}/${path}`)
}

const compactForm = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** Requires the form of a signed token (RFC 7515 §7.1). @throws `TokenRefusedError`. */
export function requireCompactForm(token: string): void {
  if (compactForm.test(token) && token.length <= maxTokenLength) return
  throw new TokenRefusedError('malformed', 'The token is malformed.')
}

/**
 * The payload and the header of a token that these keys verify.
 *
 * @throws `TokenRefusedError`; `PosternUnreachableError` if the keys cannot be fetched.
 */
export async function verifyByKeys(
  token: string,
  { address, published }: Keys,
  expected: JWTVerifyOptions
): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, published.get, expected)
  } catch (error) {
    throw isRefusal(error)
      ? refusalOfJose(error)
      : new PosternUnreachableError(address, 'The keys of Postern cannot be fetched.', { cause: error })
  }
}

function isRefusal(error: unknown): error is errors.JOSEError {
  const isOfKeys = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid
  // jose gives this generic code for an answer that is no set of keys.
  const isGeneric = error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC'
  return error instanceof errors.JOSEError && !isOfKeys && !isGeneric
}

/** Requires that a payload is not of a fixture for tests, unless those are taken. @throws `TokenRefusedError`. */
export function requireNoFixture(payload: JWTPayload, isTaken: boolean): void {
  if (Object.hasOwn(payload, 'fixture') && !isTaken)
    throw new TokenRefusedError('fixture', 'The token is one of a test fixture.')
}
