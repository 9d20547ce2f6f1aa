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

interface VerifiedToken<Payload> {
  token: string
  payload: Payload
}

// 132 bits of the signature: two tokens that were verified never share them. To hash a whole token takes longer than all else here.
const tailLength = 22

/** A cache of so many tokens, some 2 KiB each, which evicts the oldest first; 0 caches none. */
export function createVerifiedTokens<Payload extends object>(maxTokens: number): VerifiedTokens<Payload> {
  const tokensByTail = new Map<string, VerifiedToken<Payload>>()

  return {
    find(token) {
      if (typeof token !== 'string') return undefined
      const verified = tokensByTail.get(token.slice(-tailLength))
      // The whole token, not a digest or a part of it: an equal one counts as verified.
      return verified?.token === token ? verified.payload : undefined
    },

    add(token, payload) {
      if (maxTokens === 0) return
      if (tokensByTail.size >= maxTokens) {
        const [oldest] = tokensByTail.keys()
        tokensByTail.delete(oldest as string)
      }
      const copy = copyText(token)
      tokensByTail.set(copy.slice(-tailLength), { token: copy, payload: Object.freeze(payload) })
    },

    clear() {
      tokensByTail.clear()
    }
  }
}
