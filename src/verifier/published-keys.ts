import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'

/** The keys of a Postern. */
export interface PublishedKeys {
  /** Gives the key of a token. */
  readonly get: JWTVerifyGetKey
  /** Has them fetched behind, if they were ever fetched. */
  renew(): void
}

// In milliseconds. How long Postern may take; after how long keys are fetched again, as Postern asks of all verifiers; and
// how often at most they are fetched, so that tokens with made-up key ids do not keep it busy. Within that time a new key is
// not known, which matters only if it signs sooner after it was published.
const patience = 5000
const maxKeyAge = 300_000
const cooldown = 1000

/**
 * The keys of the JWK Set (RFC 7517 §5) at this address, fetched with the first token.
 *
 * Keys older than 5 minutes stay in use while newer ones are fetched behind, so that no good token waits for a Postern that
 * hangs. A fetch that fails, or gives no key, leaves the keys as they are. Only a token whose key is unknown waits for a
 * fetch, for 5 seconds at most.
 */
export function publishedKeys(url: URL): PublishedKeys {
  let askedAt = Number.NEGATIVE_INFINITY
  // In either direction, since a clock may be set back.
  const isOver = (duration: number) => Math.abs(Date.now() - askedAt) >= duration
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: patience,
    cooldownDuration: cooldown,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    // jose waits between answers that hold keys, but not after one that is a failure.
    async [customFetch](...request) {
      if (!isOver(cooldown)) throw new Error('The keys were asked for a moment ago.')
      askedAt = Date.now()
      const response = await fetch(...request)
      if (response.status === 200) await requireKeys(response.clone())
      return response
    }
  })
  function renew(): void {
    if (keys.jwks() !== undefined) keys.reload().catch(() => undefined)
  }
  return {
    get(header, token) {
      if (isOver(maxKeyAge)) renew()
      return keys(header, token)
    },
    renew
  }
}

// Postern always has a key. A set without one is of something else in its place, and would have every good token refused.
async function requireKeys(response: Response): Promise<void> {
  const { keys } = Object(await response.json()) as { keys?: unknown }
  const hasKey = Array.isArray(keys) && keys.some((key) => typeof Object(key).kid === 'string')
  if (!hasKey) throw new Error('The answer holds no key.')
}
