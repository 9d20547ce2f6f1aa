import {
  contentSecurityPolicy,
  crossOriginResourcePolicy,
  referrerPolicy,
  strictTransportSecurity,
  xContentTypeOptions
} from 'helmet'

/** Headers by their names in lower case. */
export type ReplyHeaders = Readonly<Record<string, string>>

// The other headers of helmet are for pages, or for browsers of ten years ago.
const policies = [
  contentSecurityPolicy({
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] }
  }),
  crossOriginResourcePolicy(),
  referrerPolicy(),
  xContentTypeOptions()
]

// Other services under the same domain may not have HTTPS yet.
const httpsPolicy = strictTransportSecurity({ includeSubDomains: false })

/**
 * The headers of every reply, unless a route knows better: it is not to be stored, since most hold a token, claims or a
 * refusal, and a browser is to make nothing of it but data. `Strict-Transport-Security` (RFC 6797) only over HTTPS.
 */
export function createReplyHeaders({ isHttps }: { isHttps: boolean }): ReplyHeaders {
  const headers: Record<string, string> = { 'cache-control': 'no-store' }
  const response = {
    setHeader(name: string, value: string) {
      headers[name.toLowerCase()] = value
    }
  }
  // Once, for all requests: as a hook helmet puts the same texts together for each of them anew, which takes as long as
  // half of a short call.
  for (const apply of isHttps ? [...policies, httpsPolicy] : policies) {
    apply(undefined as never, response as never, () => {})
  }
  return headers
}
