/** The keys of an HMAC algorithm. */
export interface HmacKind {
  type: 'hmac'
  /** RFC 7518 §3.2: at least as long as the hash. */
  minBytes: number
}
interface RsaKind {
  type: 'rsa'
}
interface EcKind {
  type: 'ec'
  curve: string
  jwkCurve: string
}
interface EdKind {
  type: 'ed25519'
}

/** The keys of each algorithm. */
export const kinds = {
  HS256: { type: 'hmac', minBytes: 32 },
  HS384: { type: 'hmac', minBytes: 48 },
  HS512: { type: 'hmac', minBytes: 64 },
  RS256: { type: 'rsa' },
  RS384: { type: 'rsa' },
  RS512: { type: 'rsa' },
  PS256: { type: 'rsa' },
  PS384: { type: 'rsa' },
  PS512: { type: 'rsa' },
  ES256: { type: 'ec', curve: 'prime256v1', jwkCurve: 'P-256' },
  ES384: { type: 'ec', curve: 'secp384r1', jwkCurve: 'P-384' },
  ES512: { type: 'ec', curve: 'secp521r1', jwkCurve: 'P-521' },
  EdDSA: { type: 'ed25519' }
} as const satisfies Record<string, HmacKind | RsaKind | EcKind | EdKind>

/** A signature algorithm of RFC 7518 §3.1 or RFC 8037 that Postern signs with. */
export type Algorithm = keyof typeof kinds

/** All algorithms. */
export const algorithms = Object.keys(kinds) as Algorithm[]

/** Whether this is the name of an algorithm. */
export function isAlgorithm(value: unknown): value is Algorithm {
  return typeof value === 'string' && Object.hasOwn(kinds, value)
}
