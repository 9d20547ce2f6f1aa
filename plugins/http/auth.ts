import type { FastifyRequest, preValidationAsyncHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import {
  invalidArgument,
  invalidToken,
  isTokenRefusal,
  ServiceError,
  toUnauthorized
} from '../../src/errors/refusals.js'
import { presentedToken } from '../../src/http/presented-token.js'
import { type ClientRules, invalidClient } from '../../src/oauth/clients.js'
import type { AccessClaims } from '../../src/tokens/claims.js'
import { isRefreshToken } from '../../src/tokens/compact-form.js'
import { toTokenRefusal } from '../../src/tokens/tokens.js'
import { createVerifiedTokens } from '../../src/tokens/verified-tokens.js'

declare module 'fastify' {
  interface FastifyInstance {
    auth: Auth
  }
  interface FastifyRequest {
    /** The claims of the presented access token, once a hook of `auth` has accepted it. */
    claims: AccessClaims | null
    /** The same where a token is required. @throws `AuthenticationRequiredError` if no hook has accepted one. */
    readonly requiredClaims: AccessClaims
    /** The id of the OAuth client that a hook of `auth` has authenticated, if there was one. */
    oauthClient: string | null
  }
}

/**
 * Who is it? As `preValidation` hooks of a route: after the arguments were merged, before they are checked. A token whose
 * account was deleted passes where one is required: the contract has the account answer for that, after the arguments.
 */
interface Auth {
  /** Goes on without claims unless a valid token is presented. */
  optional: preValidationAsyncHookHandler
  /** 401 unless a valid token is presented. */
  required: preValidationAsyncHookHandler
  /** 401 as `required`; 403 unless the token was obtained with the password, which was not changed since. */
  password: preValidationAsyncHookHandler
  /** 401 unless a valid token of an active account is presented. */
  active: preValidationAsyncHookHandler
  /** 400 unless a valid token is presented: the token is what the call is about. */
  subject: preValidationAsyncHookHandler
  /** 401 for the credentials of a client that are wrong; goes on without any, and for a public client. */
  client: preValidationAsyncHookHandler
  /** 401 unless the caller authenticates as a client, or presents a valid token of an active account. */
  caller: preValidationAsyncHookHandler
}

export default fp(
  async (app) => {
    app.decorateRequest('claims', null)
    app.decorateRequest('oauthClient', null)
    app.decorateRequest('requiredClaims', {
      getter(this: FastifyRequest) {
        if (this.claims === null) throw new ServiceError('AuthenticationRequiredError')
        return this.claims
      }
    })

    const verifiedTokens = createVerifiedTokens<AccessClaims>(app.config.POSTERN_TOKEN_CACHE_SIZE)

    app.keys.subscribe(() => verifiedTokens.clear())

    async function verify(request: FastifyRequest, token: unknown) {
      try {
        const claims = recall(token) ?? (await verifyAnew(request, token))
        return { claims, state: await app.accounts.authenticate(claims) }
      } catch (error) {
        app.audit.recordRefusal(error, { address: request.ip })
        throw error
      }
    }

    function recall(token: unknown): AccessClaims | undefined {
      const claims = verifiedTokens.find(token)
      if (claims !== undefined) app.tokens.requireCurrent(claims)
      return claims
    }

    async function verifyAnew(request: FastifyRequest, token: unknown): Promise<AccessClaims> {
      // A refresh token has a key of its own. It is verified all the same: a forged one is not told from other forgeries.
      if (isRefreshToken(token)) return app.tokens.verify(token, 'access_token')
      const claims = app.tokens.requireClaims(await signedPayload(request), 'access_token')
      verifiedTokens.add(token as string, claims)
      return claims
    }

    async function required(request: FastifyRequest) {
      try {
        const token = presented(request)
        if (token === undefined) throw new ServiceError('AuthenticationRequiredError')
        const { claims, state } = await verify(request, token)
        request.claims = claims
        return state
      } catch (error) {
        throw toUnauthorized(error)
      }
    }

    async function authenticateClient(request: FastifyRequest, rules?: ClientRules): Promise<void> {
      const { ip, headers, sources } = request
      try {
        const client = await app.throttle.judgeClient(ip, () =>
          app.oauthClients.authenticate(headers.authorization, sources.form ?? {}, rules)
        )
        request.oauthClient = client ?? null
      } catch (error) {
        app.audit.recordRefusal(error, { address: ip })
        throw error
      }
    }

    async function active(request: FastifyRequest): Promise<void> {
      const { isActive } = await required(request)
      if (!isActive) throw toUnauthorized(deletedUser())
    }

    app.decorate('auth', {
      required,
      active,

      async password(request: FastifyRequest) {
        const { isByPassword } = await required(request)
        if (!isByPassword) throw new ServiceError('PasswordAuthenticationRequiredError')
      },

      async optional(request: FastifyRequest) {
        try {
          const token = presented(request)
          if (token === undefined) return
          const { claims, state } = await verify(request, token)
          if (state.isActive) request.claims = claims
        } catch (error) {
          if (!isTokenRefusal(error)) throw error
        }
      },

      async subject(request: FastifyRequest) {
        const token = presented(request)
        if (token === undefined) throw invalidArgument('access_token', 'is missing')
        const { claims, state } = await verify(request, token)
        if (!state.isActive) throw deletedUser()
        request.claims = claims
      },

      async client(request: FastifyRequest) {
        await authenticateClient(request, { allowPublic: true })
      },

      async caller(request: FastifyRequest) {
        await authenticateClient(request)
        if (request.oauthClient !== null) return
        await active(request).catch((error: unknown) => {
          throw isMissing(error) ? invalidClient('Basic realm="postern", Bearer realm="postern"') : error
        })
      }
    })
  },
  {
    name: 'auth',
    dependencies: [
      'config',
      'input',
      'keys',
      'jwt',
      'tokens',
      'accounts',
      'oauth-clients',
      'throttle',
      'audit'
    ]
  }
)

function deletedUser(): ServiceError {
  return invalidToken('The user has been deleted.')
}

function isMissing(error: unknown): boolean {
  return error instanceof ServiceError && error.name === 'AuthenticationRequiredError'
}

function presented(request: FastifyRequest): unknown {
  return presentedToken(request.raw.rawHeaders, request.sources)
}

async function signedPayload(request: FastifyRequest): Promise<unknown> {
  try {
    return await request.jwtVerify()
  } catch (error) {
    throw toTokenRefusal(error)
  }
}
