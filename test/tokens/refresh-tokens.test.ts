import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalJWKSet, jwtVerify } from 'jose'
import t from 'tap'
import { generateKey, toPublicJwk } from '../../src/keys/signing-key.js'
import {
  bearer,
  decodePart,
  forge,
  refresh,
  refreshToken,
  send,
  signUp,
  startService,
  temporaryFolder
} from '../support/helper.js'

for (const POSTERN_ALGORITHM of ['ES256', 'RS256', 'EdDSA', 'HS256']) {
  t.test(`C1: no key that verifies a refresh token is published, under ${POSTERN_ALGORITHM}`, async (t) => {
    const { app, clock } = await startService(t, { POSTERN_ALGORITHM, POSTERN_AUDIENCE: 'api' })
    const access = await signUp(app)
    const token = await refreshToken(app, access)
    const header = decodePart(token, 0)
    t.match(header, { alg: 'HS256', typ: 'refresh+jwt', kid: String })
    t.match(decodePart(token, 1), { token_type: 'refresh_token', aud: 'urn:postern:refresh', user: 'alice' })
    const keySet = (await app.inject('/.well-known/jwks.json')).json()
    t.notOk(keySet.keys.some(({ kid }: { kid: string }) => kid === header.kid))
    t.not(header.kid, app.keys.signing.kid)
    await t.rejects(
      jwtVerify(token, createLocalJWKSet(keySet), { currentDate: new Date(clock()) }),
      'a verifier that only knows the JWK Set refuses it'
    )
    t.equal((await send(app, 'GET', '/check', { access_token: await refresh(app, token) })).statusCode, 200)
  })
}

t.test('C1: in the place of an access token a refresh token is of the wrong type', async (t) => {
  const { app } = await startService(t)
  const token = await refreshToken(app, await signUp(app))
  const check = await send(app, 'GET', '/check', { access_token: token })
  t.match(check, { statusCode: 400 })
  t.equal(check.json().error_name, 'TokenTypeError')
  const deletion = await send(app, 'DELETE', '/user', {}, { headers: bearer(token) })
  t.match(deletion, { statusCode: 401 })
  t.equal(deletion.json().error_name, 'TokenTypeError')
  t.equal((await send(app, 'GET', '/user', { access_token: token })).statusCode, 204)
})

t.test('C1: a refresh token of release 0.1.0 is taken until it expires', async (t) => {
  const { app, clock } = await startService(t, { POSTERN_REFRESH_TOKEN_TTL: '600', POSTERN_AUDIENCE: 'api' })
  const { aud, ...claims } = decodePart(await refreshToken(app, await signUp(app)), 1)
  t.equal(aud, 'urn:postern:refresh')
  const { algorithm: alg, kid } = app.keys.signing
  const header = { alg, typ: 'JWT', kid }
  const former = forge(app.keys.signing, header, { ...claims, aud: 'api' })
  t.match(decodePart(await refresh(app, former), 1), { authentication_method: 'refresh_token', aud: 'api' })
  const foreign = forge(app.keys.signing, header, { ...claims, aud })
  t.match((await send(app, 'GET', '/token', { user: foreign })).json(), { error_name: 'InvalidTokenError' })
  clock.advance(600)
  t.match((await send(app, 'GET', '/token', { user: former })).json(), { error_name: 'InvalidTokenError' })
})

t.test('C1: what release 0.1.0 has issued is good in its data folder, until it expires', async (t) => {
  const release = join(import.meta.dirname, '../../../test/store/file/0.1.0')
  const { reusable, rotating } = JSON.parse(readFileSync(join(release, 'signed-in.json'), 'utf8'))
  const folder = temporaryFolder(t)
  cpSync(join(release, 'signed-in'), folder, { recursive: true })
  const { app, clock } = await startService(t, { POSTERN_STORE: 'file', POSTERN_DATA_DIR: folder })
  const renew = (refresh_token: string) =>
    send(app, 'POST', '/oauth/token', { grant_type: 'refresh_token', refresh_token }, { by: 'form' })
  t.equal(decodePart(reusable, 0).typ, 'JWT')
  const access = await refresh(app, reusable)
  t.match(decodePart(access, 1), { user: 'alice', sid: decodePart(reusable, 1).jti })
  t.equal((await send(app, 'GET', '/check', { access_token: access })).statusCode, 200)
  const next = (await renew(rotating)).json()
  t.match(decodePart(next.refresh_token, 0), { typ: 'refresh+jwt' }, 'the next one is of the new kind')
  t.match(decodePart(next.refresh_token, 1), { sid: decodePart(rotating, 1).sid })
  t.equal((await renew(next.refresh_token)).statusCode, 200)
  for (const token of [reusable, rotating]) {
    const check = await send(app, 'GET', '/check', { access_token: token })
    t.equal(check.json().error_name, 'TokenTypeError')
  }
  clock.advance(Number(decodePart(reusable, 1).exp) - clock() / 1000)
  t.match((await send(app, 'GET', '/token', { user: reusable })).json(), { error_name: 'InvalidTokenError' })
})

t.test('C1: each key is for its own kind of tokens', async (t) => {
  const { app } = await startService(t)
  const access = await signUp(app)
  const token = await refreshToken(app, access)
  const { signing, refreshSigning } = app.keys
  const [accessClaims, refreshClaims] = [decodePart(access, 1), decodePart(token, 1)]
  const published = String(toPublicJwk(signing)?.x)
  for (const [what, forged] of Object.entries({
    'an access token by the refresh key': forge(refreshSigning, decodePart(token, 0), accessClaims),
    'the refresh key for a JWT': forge(
      refreshSigning,
      { alg: 'HS256', typ: 'JWT', kid: refreshSigning.kid },
      refreshClaims
    ),
    'the published key for a refresh token': forge(
      signing,
      { alg: 'ES256', typ: 'refresh+jwt', kid: signing.kid },
      refreshClaims
    ),
    'the kid of the published key': forge(
      refreshSigning,
      { alg: 'HS256', typ: 'refresh+jwt', kid: signing.kid },
      refreshClaims
    ),
    'the public key as the secret': forge(
      { algorithm: 'HS256', secret: published },
      decodePart(token, 0),
      refreshClaims
    )
  })) {
    const use = await send(app, 'GET', '/token', { user: forged })
    t.equal(use.statusCode, 400, what)
    t.equal((await send(app, 'GET', '/check', { access_token: forged })).statusCode, 400, what)
    t.match(use.json().error_name, /^(InvalidToken|TokenType)Error$/, what)
  }
})

t.test('C1: a refresh token lives and is retired with the signing key of its time', async (t) => {
  const { app, clock } = await startService(t)
  const token = await refreshToken(app, await signUp(app))
  const first = { key: app.keys.signing, signsFrom: 0 }
  const next = { key: await generateKey('ES256'), signsFrom: clock() / 1000 }
  app.keys.replace([first, next])
  t.ok(await refresh(app, token), 'after a rotation')
  app.keys.replace([next])
  t.match((await send(app, 'GET', '/token', { user: token })).json(), { error_name: 'InvalidTokenError' })
})
