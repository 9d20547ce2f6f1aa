import { copyText } from '../copy-text.js'

/**
 * A cache of verified tokens, so that signature and claims are verified once. It holds nothing that can
 * change: `exp`, `nbf`, revocation and the account must be judged anew at every hit.
 */
export interface VerifiedTokens<Payload extends object> {
  /** The payload of a cached token, in exactly this spelling. */
  find(token: unknown): Payload | undefined
  /** Caches a token with verified signature and claims. Its payload is frozen, since many requests will share it. */
  add(token: string, payload: Payload): void
  /** Forgets all tokens: a key is no longer accepted. */
  clear(): void
}

/** A cache of so many tokens, some 2 KiB each, which evicts the oldest first; 0 caches none. */
export function createVerifiedTokens<Payload extends object>(maxTokens: number): VerifiedTokens<Payload> {
  // The key is the whole token, not a digest or a part of it: an equal key counts as verified.
  const payloads = new Map<unknown, Payload>()

  return {
    find(token) {
      return payloads.get(token)
    },

    add(token, payload) {
      if (maxTokens === 0) return
      if (payloads.size >= maxTokens) {
        const [oldest] = payloads.keys()
        payloads.delete(oldest)
      }
      payloads.set(copyText(token), Object.freeze(payload))
    },

    clear() {
      payloads.clear()
    }
  }
}
