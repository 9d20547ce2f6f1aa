const texts = new WeakMap<object, string>()

/**
 * Fastify's `serializerCompiler` for replies that are a token's payload. The claims of a token are one frozen object for
 * all requests that present it: their text is made once.
 */
export function payloadSerializer() {
  return (claims: object): string => {
    const known = texts.get(claims)
    if (known !== undefined) return known
    const text = JSON.stringify(claims)
    texts.set(claims, text)
    return text
  }
}
