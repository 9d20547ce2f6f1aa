import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { MissingArgument, Refusal } from '../../src/errors/refusals.js'
import { bothFresh } from '../../src/http/auth.js'
import { replyWithError } from '../../src/http/error-replies.js'
import { requireMediaType } from '../../src/http/media-type.js'
import { describeRequester } from '../../src/http/requester.js'
import { AnyToken, TokenRequest } from '../../src/http/schemas/arguments.js'
import { TokenReply } from '../../src/http/schemas/replies.js'
import { toOAuthErrorBody, toOAuthRefusal } from '../../src/oauth/errors.js'
import { toIntrospection } from '../../src/oauth/introspection.js'
import { grantedScope } from '../../src/oauth/scope.js'

type TokenCall = FastifyRequest<{ Body: TokenRequest }>
type AnyTokenCall = FastifyRequest<{ Body: AnyToken }>

export default async function oauthRoutes(app: FastifyInstance) {
  const { auth, sessions } = app

  app.post<{ Body: TokenRequest }>(
    '/oauth/token',
    {
      onRequest: forbidCaching,
      preValidation: [requireForm, auth.client],
      schema: { body: TokenRequest, response: { 200: TokenReply } }
    },
    issueTokens
  )
  app.post<{ Body: AnyToken }>(
    '/oauth/introspect',
    { preValidation: [requireForm, auth.caller], onSend: auth.fresh, schema: { body: AnyToken } },
    introspect
  )
  app.post<{ Body: AnyToken }>(
    '/oauth/revoke',
    { preValidation: [requireForm, auth.client], schema: { body: AnyToken } },
    revoke
  )
  // RFC 6749 §4.3.2.
  const onlyType = 'application/x-www-form-urlencoded'
  app.addHook('onRequest', async ({ headers }) => requireMediaType(headers, onlyType))
  app.setErrorHandler((error, request, reply) =>
    replyWithError(error, request, reply, {
      jsonHint: 'this call takes a form',
      adapt: toOAuthRefusal,
      toBody: toOAuthErrorBody
    })
  )

  async function issueTokens(request: TokenCall) {
    const { accessToken, refreshToken, expiresIn, claims } = await grant(request)
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: expiresIn,
      refresh_token: refreshToken,
      scope: grantedScope(claims)
    }
  }

  async function grant(request: TokenCall) {
    const { grant_type, username, password, otp, refresh_token } = request.body
    switch (grant_type) {
      case 'password':
        return await sessions.grant(
          { name: required('username', username), password: required('password', password), otp },
          describeCaller(request)
        )
      case 'refresh_token':
        return await sessions.renew(required('refresh_token', refresh_token), describeCaller(request))
      default:
        throw new Refusal('UnsupportedGrantTypeError')
    }
  }

  async function introspect(request: AnyTokenCall) {
    const { token, token_type_hint } = request.body
    // An access token does not entitle to introspect refresh tokens: a thief would ask when to use one (RFC 7662 §4).
    const refreshTokensFor = token_type_hint === 'refresh_token' ? request.oauthClient : null
    const outcome = await sessions.inspect(token, refreshTokensFor ?? undefined)
    if (outcome instanceof Refusal) {
      request.tokenRefusal = outcome
      return toIntrospection(outcome)
    }
    request.freshness = bothFresh(request.freshness, outcome.freshness)
    return toIntrospection(outcome.claims)
  }

  // RFC 7009 §2.2 has no body; some clients parse it all the same, and take an empty one for a failure.
  async function revoke(request: AnyTokenCall) {
    await sessions.revoke(request.body.token, describeCaller(request))
    return {}
  }
}

function describeCaller(request: FastifyRequest) {
  return { ...describeRequester(request), oauthClient: request.oauthClient ?? undefined }
}

// Beside `Cache-Control: no-store`, for caches of HTTP/1.0 (RFC 6749 §5.1).
function forbidCaching(_request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) {
  reply.header('pragma', 'no-cache')
  done()
}

// Secrets do not belong in a URL (RFC 6749 §2.3.1), and a parameter without a value counts as omitted (§3.2).
async function requireForm(request: FastifyRequest) {
  const { form = {} } = request.sources
  request.body = Object.fromEntries(Object.entries(form).filter(([, value]) => value !== ''))
}

function required(name: keyof TokenRequest, value: string | undefined): string {
  if (value === undefined) throw new MissingArgument(name)
  return value
}
