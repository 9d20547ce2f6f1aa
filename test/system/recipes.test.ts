import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as after } from 'node:timers/promises'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import t, { type Test } from 'tap'
import { docBlock } from '../support/docs.js'
import { temporaryFolder } from '../support/helper.js'
import { call, Program, serve } from '../support/process.js'

const clientSecret = '0123456789abcdef'
const python = '/usr/bin/python3'
const noPython =
  spawnSync(python, ['-c', 'import cryptography, jwt']).status !== 0 && 'Debian has no python3-jwt here'

/** A Postern with a user and a client, and how to get a token of the user's. */
async function startPostern(t: Test, environment: Record<string, string> = {}) {
  const folder = temporaryFolder(t)
  const settings = { POSTERN_OAUTH_CLIENTS: `api:${clientSecret}`, ...environment }
  const url = await serve(t, folder, settings).url()
  await call(`${url}/user`, 'POST', { user: 'alice', pass: 'wonderland' })
  const signIn = async () => (await call(`${url}/token`, 'GET', { user: 'alice', pass: 'wonderland' })).body
  return { folder, settings, url, signIn }
}

/** A token that the next key has signed, after a rotation; this one was signed by the key before. */
async function rotate(
  t: Test,
  { folder, settings, signIn }: Awaited<ReturnType<typeof startPostern>>,
  token: string
): Promise<string> {
  const rotation = new Program(t, ['keys', 'rotate'], settings, folder)
  t.equal(await rotation.exit, 0)
  const [header] = token.split('.', 1)
  for (;;) {
    const young = await signIn()
    if (!young.startsWith(`${header}.`)) return young
    await after(50)
  }
}

/** A recipe, in a folder from which it finds the packages of this project; `sequel` is appended to it. */
function startRecipe(
  t: Test,
  language: 'js' | 'python',
  phrase: string,
  args: string[],
  environment: Record<string, string>,
  sequel = ''
): ChildProcessWithoutNullStreams {
  const folder = mkdtempSync(join(import.meta.dirname, '../../recipe-'))
  const file = join(folder, language === 'js' ? 'recipe.mjs' : 'recipe.py')
  writeFileSync(file, docBlock('docs/integrate/recipes.md', language, phrase) + sequel)
  const { PATH } = process.env
  const program = spawn(language === 'js' ? process.execPath : python, [file, ...args], {
    cwd: folder,
    env: { PATH, CLIENT_SECRET: clientSecret, ...environment }
  })
  const ended = once(program, 'close')
  t.teardown(async () => {
    program.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true })
  })
  return program
}

async function runRecipe(...recipe: Parameters<typeof startRecipe>) {
  const program = startRecipe(...recipe)
  let output = ''
  program.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  program.stderr.resume()
  const [code] = await once(program, 'close')
  return { code, output }
}

const verifiers = {
  jose: { language: 'js', phrase: 'process.argv[2]', skip: false },
  PyJWT: { language: 'python', phrase: 'PyJWKClient', skip: noPython }
} as const

for (const [library, { language, phrase, skip }] of Object.entries(verifiers)) {
  t.test(
    `a token is verified by ${library}, before and after a rotation, and no other is`,
    { skip },
    async (t) => {
      const postern = await startPostern(t, { POSTERN_KEY_PUBLISH_AHEAD: '0' })
      const { url, signIn } = postern
      const verify = (token: string) => runRecipe(t, language, phrase, [token], { POSTERN_URL: url })
      const token = await signIn()
      t.match(await verify(token), { code: 0, output: 'verified: alice\n' })
      const refresh = (await call(`${url}/refresh_token`, 'GET', { access_token: token })).body
      const tampered = token.replace(
        /\.[^.]+\./,
        `.${Buffer.from('{"token_type":"access_token"}').toString('base64url')}.`
      )
      for (const bad of [refresh, tampered, 'x']) t.match(await verify(bad), { code: 1, output: '' })

      const young = await rotate(t, postern, token)
      for (const good of [token, young]) t.match(await verify(good), { code: 0, output: 'verified: alice\n' })
    }
  )
}

for (const [library, { language, phrase, skip }] of Object.entries(verifiers)) {
  t.test(`L15: ${library} checks iss and aud, and takes no token of a fixture`, { skip }, async (t) => {
    const names = { POSTERN_ISSUER: 'https://id.example.org', POSTERN_AUDIENCE: 'shop' }
    const { url, signIn } = await startPostern(t, names)
    const token = await signIn()
    const verify = (token: string, environment: Record<string, string>) =>
      runRecipe(t, language, phrase, [token], { POSTERN_URL: url, ...environment })
    t.match(await verify(token, names), { code: 0, output: 'verified: alice\n' })
    t.match(await verify(token, { ...names, POSTERN_ISSUER: 'https://other.example.org' }), { code: 1 })
    t.match(await verify(token, { ...names, POSTERN_AUDIENCE: 'other' }), { code: 1 })
    const fixture = new Program(t, ['serve', '--fixture'], {}, temporaryFolder(t))
    const POSTERN_URL = await fixture.url()
    await call(`${POSTERN_URL}/user`, 'POST', { user: 'alice', pass: 'x' })
    const { body } = await call(`${POSTERN_URL}/token`, 'GET', { user: 'alice', pass: 'x' })
    t.match(await verify(body, { POSTERN_URL }), { code: 1, output: '' })
  })
}

const apis = { Express: "from 'express'", Fastify: "from 'fastify'" }

/** An API of the recipes, which keeps the keys that it has fetched; visits it with a token. */
async function startApi(t: Test, phrase: string, url: string) {
  const api = startRecipe(t, 'js', phrase, [], { POSTERN_URL: url, PORT: '0' })
  const [line] = await once(api.stdout.setEncoding('utf8'), 'data')
  return async (token?: string) => {
    const response = await fetch(`${line.trim()}/orders`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` }
    })
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      body: await response.json()
    }
  }
}

for (const [framework, phrase] of Object.entries(apis)) {
  t.test(`an API with ${framework} is open to those with an access token, and to nobody else`, async (t) => {
    const { url, signIn } = await startPostern(t)
    const visit = await startApi(t, phrase, url)
    const token = await signIn()
    t.match(await visit(token), { status: 200, body: { of: 'alice' } })
    const refresh = (await call(`${url}/refresh_token`, 'GET', { access_token: token })).body
    for (const bad of [undefined, 'x', refresh]) {
      t.match(await visit(bad), { status: 401, challenge: 'Bearer' })
    }
  })
}

t.test(
  'APIs that keep the keys for long verify through a rotation, with what jose does by itself',
  async (t) => {
    // The least that the page of recipes advises.
    const postern = await startPostern(t, { POSTERN_KEY_PUBLISH_AHEAD: '35' })
    const visits = await Promise.all(Object.values(apis).map((phrase) => startApi(t, phrase, postern.url)))
    const token = await postern.signIn()
    for (const visit of visits) t.match(await visit(token), { status: 200 })
    const young = await rotate(t, postern, token)
    for (const visit of visits) {
      for (const good of [young, token]) t.match(await visit(good), { status: 200, body: { of: 'alice' } })
    }
  }
)

t.test(
  'a program in Python that keeps the keys for long verifies through a rotation',
  { skip: noPython },
  async (t) => {
    const postern = await startPostern(t, { POSTERN_KEY_PUBLISH_AHEAD: '2' })
    const token = await postern.signIn()
    const sequel = 'for line in sys.stdin:\n    print("verified:", verify(line.strip())["user"])\n'
    const environment = { POSTERN_URL: postern.url, PYTHONUNBUFFERED: '1' }
    const program = startRecipe(t, 'python', verifiers.PyJWT.phrase, [token], environment, sequel)
    program.stderr.resume()
    const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]()
    t.match(await lines.next(), { value: 'verified: alice' })
    const young = await rotate(t, postern, token)
    for (const good of [young, token]) {
      program.stdin.write(`${good}\n`)
      t.match(await lines.next(), { value: 'verified: alice' })
    }
  }
)

t.test(
  'what was revoked is refused by /check at once, and by an API that goes by the keys not yet',
  async (t) => {
    const { url, signIn } = await startPostern(t)
    const visit = await startApi(t, apis.Express, url)
    const token = await signIn()
    t.match(await visit(token), { status: 200 })
    t.match(await call(`${url}/oauth/revoke`, 'POST', { token }), { status: 200 })
    t.match(await call(`${url}/check`, 'GET', { access_token: token }), { status: 400 })
    t.match(await visit(token), { status: 200 })
  }
)

t.test('openid-client signs in, renews, introspects and revokes', async (t) => {
  const { url } = await startPostern(t)
  const result = await runRecipe(t, 'js', "from 'openid-client'", [], { POSTERN_URL: url })
  t.same(result, { code: 0, output: 'introspected: true alice\nafter the revocation: false\n' })
})

t.test(
  'oauth4webapi is told that a client is wrong, and how to authenticate, wherever it asks',
  async (t) => {
    const { url } = await startPostern(t)
    const issuer = new URL(url)
    const options = { [oauth.allowInsecureRequests]: true }
    const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options })
    const server = await oauth.processDiscoveryResponse(issuer, discovered)
    const client = { client_id: 'api' }
    const wrong = oauth.ClientSecretBasic('wrong')
    const user = { username: 'alice', password: 'wonderland' }

    const granted = await oauth.genericTokenEndpointRequest(server, client, wrong, 'password', user, options)
    const introspected = await oauth.introspectionRequest(server, client, wrong, 'x', options)
    const revoked = await oauth.revocationRequest(server, client, wrong, 'x', options)
    for (const response of [granted, introspected, revoked]) {
      t.match(await response.clone().json(), { error: 'invalid_client' })
    }
    const refusal = {
      name: 'WWWAuthenticateChallengeError',
      status: 401,
      cause: [{ scheme: 'basic', parameters: { realm: 'postern' } }]
    }
    await t.rejects(oauth.processGenericTokenEndpointResponse(server, client, granted), refusal)
    await t.rejects(oauth.processIntrospectionResponse(server, client, introspected), refusal)
    await t.rejects(oauth.processRevocationResponse(revoked), refusal)
  }
)

for (const algorithm of ['oauth2', 'oidc'] as const) {
  t.test(`openid-client finds its way by ${algorithm} discovery, and understands refusals`, async (t) => {
    const { url } = await startPostern(t)
    const options = { algorithm, execute: [openid.allowInsecureRequests] }
    const discover = (secret: string) =>
      openid.discovery(new URL(url), 'api', undefined, openid.ClientSecretBasic(secret), options)
    const config = await discover(clientSecret)
    const grant = (password: string) =>
      openid.genericGrantRequest(config, 'password', { username: 'alice', password })
    await t.rejects(grant('wrong'), { name: 'ResponseBodyError', error: 'invalid_grant' })
    const first = await grant('wonderland')
    t.match(first, { token_type: 'bearer', expires_in: 3600 })
    const wrong = await discover('wrong')
    await t.rejects(openid.tokenIntrospection(wrong, first.access_token), {
      cause: [{ scheme: 'basic', parameters: { realm: 'postern' } }]
    })
  })

  t.test(`oauth4webapi does all that there is, by ${algorithm} discovery`, async (t) => {
    const { url } = await startPostern(t)
    const issuer = new URL(url)
    const client = { client_id: 'api' }
    const secret = oauth.ClientSecretBasic(clientSecret)
    const options = { [oauth.allowInsecureRequests]: true }
    const discovered = await oauth.discoveryRequest(issuer, { algorithm, ...options })
    const server = await oauth.processDiscoveryResponse(issuer, discovered)

    const grant = async (password: string) =>
      oauth.processGenericTokenEndpointResponse(
        server,
        client,
        await oauth.genericTokenEndpointRequest(
          server,
          client,
          secret,
          'password',
          { username: 'alice', password },
          options
        )
      )
    const renew = async (token = '') =>
      oauth.processRefreshTokenResponse(
        server,
        client,
        await oauth.refreshTokenGrantRequest(server, client, secret, token, options)
      )
    const introspect = async (token: string) =>
      oauth.processIntrospectionResponse(
        server,
        client,
        await oauth.introspectionRequest(server, client, secret, token, options)
      )
    await t.rejects(grant('wrong'), { name: 'ResponseBodyError', error: 'invalid_grant' })
    const first = await grant('wonderland')
    const second = await renew(first.refresh_token)
    t.not(second.refresh_token, first.refresh_token)
    t.match(await introspect(second.access_token), { active: true, username: 'alice' })
    const revocation = await oauth.revocationRequest(server, client, secret, second.access_token, options)
    await oauth.processRevocationResponse(revocation)
    t.same(await introspect(second.access_token), { active: false })
    t.equal((await call(`${url}/check`, 'GET', { access_token: second.access_token })).status, 400)
    await renew(second.refresh_token)
    await t.rejects(renew('x'), { name: 'ResponseBodyError', error: 'invalid_grant' })
  })
}
