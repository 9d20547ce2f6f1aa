// The minimum cost of an exchange of a refresh token for an access token: its signature is verified and another one is made,
// in a bare Fastify, with the keys of Postern and the same claims.
import { randomBytes } from 'node:crypto'
import { createSigner, createVerifier } from 'fast-jwt'
import Fastify from 'fastify'
import { refreshKeyOf } from '../../src/keys/refresh-key.js'
import { importKey } from '../../src/keys/signing-key.js'
import type { RefreshClaims } from '../../src/tokens/claims.js'

const signing = importKey(process.env.POSTERN_SIGNING_KEY ?? '', 'ES256', 'the key')
const verify = createVerifier({ key: refreshKeyOf(signing).secret, algorithms: ['HS256'], cache: false })
const sign = createSigner({ key: signing.secret, algorithm: 'ES256', kid: signing.kid })

const app = Fastify()
app.get<{ Querystring: { user: string } }>('/token', async (request) => {
  const { user, uid, sub, gen } = verify(request.query.user) as RefreshClaims
  const now = Math.floor(Date.now() / 1000)
  const lifetimes = { iat: now, nbf: now, exp: now + 3600 }
  const kind = { token_type: 'access_token', authentication_method: 'refresh_token' }
  return sign({ user, uid, sub, ...kind, ...lifetimes, jti: randomBytes(16).toString('hex'), gen })
})
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
