import { type AssertionClaims, findMalformedAssertionClaim } from '../tokens/claims.js'
import { keysAt, requireCompactForm, requireNoFixture, verifyByKeys } from './key-verification.js'
import { wrongClaim } from './token-refusals.js'
import { TokenRefusedError } from './verifier-errors.js'

/** The options of a verifier of the assertions that a proxy hands on in `X-Postern-Assertion`. */
export interface AssertionVerifierOptions {
  /** The URL of Postern, as this program reaches it. */
  url: string
  mode: 'assertion'
  /** The origin of the site that this program is, such as `https://wiki.example.org`: an assertion for another one is refused. */
  audience: string
  /** The required `iss`; without it that is not checked. */
  issuer?: string
  /** Accepts assertions of a fixture for tests. Never use it in production. */
  fixture?: boolean
  /** The URL of the keys of assertions, unless they are below `url`. */
  jwksUrl?: string
}

/** Verifies assertions, and takes no access token for one. */
export interface AssertionVerifier {
  /**
   * The claims of a good assertion.
   *
   * @throws `TokenRefusedError` for one that is not good; `PosternUnreachableError` when the keys cannot be fetched.
   */
  verify(assertion: string): Promise<AssertionClaims>
  /** There as for the other modes; it has nothing to end. */
  close(): void
}

// In seconds: the clocks of two machines differ a little.
const leeway = 5

/** See `AssertionVerifier`. @throws `TypeError` for a URL that is none, and for an audience that is no origin. */
export function createAssertionVerifier(options: AssertionVerifierOptions): AssertionVerifier {
  const { url, audience, issuer, fixture = false, jwksUrl } = options
  // Without one an assertion for any other site would pass: its visitors could be taken for ours.
  if (!isOrigin(audience)) {
    throw new TypeError(
      'the mode assertion takes audience, the origin of the site, such as https://wiki.example.org'
    )
  }
  const keys = keysAt(url, '.well-known/assertion-jwks.json', jwksUrl)
  const expected = {
    algorithms: ['EdDSA'],
    typ: 'assertion+jwt',
    audience,
    clockTolerance: leeway,
    requiredClaims: ['exp'],
    ...(issuer !== undefined && { issuer })
  }
  return {
    async verify(assertion) {
      requireCompactForm(assertion)
      const { payload } = await verifyByKeys(assertion, keys, expected)
      if (payload.token_type !== 'assertion')
        throw new TokenRefusedError('wrong_type', 'The token is no assertion.')
      requireNoFixture(payload, fixture)
      const malformed = findMalformedAssertionClaim(payload)
      if (malformed !== undefined) throw wrongClaim(malformed)
      return payload as unknown as AssertionClaims
    },

    close() {}
  }
}

function isOrigin(text: unknown): boolean {
  return typeof text === 'string' && URL.canParse(text) && new URL(text).origin === text
}
