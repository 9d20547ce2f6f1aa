import { copyText } from '../copy-text.js'

/**
 * Remembers which tokens were found good, so that signature and claims are verified once. It knows nothing that can
 * change: `exp`, `nbf`, revocation and the account must be judged anew at every hit.
 */
export interface VerifiedTokens<Payload extends object> {
  /** The payload of a token that was added, in exactly this spelling. */
  find(token: unknown): Payload | undefined
  /** Remembers a token whose signature and claims are good; its payload is frozen, since many requests will share it. */
  add(token: string, payload: Payload): void
  /** Forgets all tokens: a key is not accepted any more. */
  clear(): void
}

/** Remembers so many tokens, some 2 KiB each, and forgets the oldest first; 0 remembers none. */
export function createVerifiedTokens<Payload extends object>(maxTokens: number): VerifiedTokens<Payload> {
  // By the whole token, not by a digest or a part of it: what is equal here is taken as verified.
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
