import { KeySet } from '../reply-schemas.js'
import { json, text, unchanged } from './examples.js'
import type { Operation } from './operation.js'

/** The calls of the public keys. */
export const keys: Record<string, Operation> = {
  'GET /pubkey': {
    summary: 'The public key',
    replies: {
      200: text(
        'The key that signs now, as PEM (SPKI).',
        '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE…\n-----END PUBLIC KEY-----\n'
      )
    },
    refusals: ['NoPublicKeyError']
  },
  'GET /.well-known/jwks.json': {
    summary: 'All public keys',
    description: 'What verifiers should go by: keys rotate.',
    replies: {
      200: {
        ...json(
          'A JWK Set (RFC 7517).',
          {
            keys: [{ kty: 'EC', crv: 'P-256', kid: 'H6eyyc', alg: 'ES256', use: 'sig', x: 'f83O', y: 'x_FE' }]
          },
          KeySet
        ),
        type: 'application/jwk-set+json'
      },
      ...unchanged
    }
  },
  'GET /.well-known/assertion-jwks.json': {
    summary: 'The public keys of assertions',
    description:
      'For applications behind a proxy, which verify X-Postern-Assertion. These keys sign no token. Empty with an HS algorithm.',
    replies: {
      200: {
        ...json(
          'A JWK Set (RFC 7517).',
          { keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'kPrK_q', alg: 'EdDSA', use: 'sig', x: '11qYAY' }] },
          KeySet
        ),
        type: 'application/jwk-set+json'
      },
      ...unchanged
    }
  }
}
