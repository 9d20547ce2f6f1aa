import type { FastifyRequest, preValidationHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import type { AccountState } from '../../src/accounts/accounts.js'
import {
  invalidArgument,
  invalidToken,
  isTokenRefusal,
  Refusal,
  toUnauthorized
} from '../../src/errors/refusals.js'
import { type ClientRules, invalidClient } from '../../src/oauth/clients.js'
import { type Lookup, otherwise, whenFound } from '../../src/store/lookup.js'
import type { AccessClaims } from '../../src/tokens/claims.js'

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
  optional: preValidationHookHandler
  /** 401 unless a valid token is presented. */
  required: preValidationHookHandler
  /** 401 as `required`; 403 unless the token was obtained with the password, which was not changed since. */
  password: preValidationHookHandler
  /** 401 unless a valid token of an active account is presented. */
  active: preValidationHookHandler
  /** 400 unless a valid token is presented: the token is what the call is about. */
  subject: preValidationHookHandler
  /** 401 for the credentials of a client that are wrong; goes on without any, and for a public client. */
  client: preValidationHookHandler
  /** 401 unless the caller authenticates as a client, or presents a valid token of an active account. */
  caller: preValidationHookHandler
}

export default fp(
  async (app) => {
    app.decorateRequest('claims', null)
    app.decorateRequest('oauthClient', null)
    app.decorateRequest('requiredClaims', {
      getter(this: FastifyRequest) {
        if (this.claims === null) throw new Refusal('AuthenticationRequiredError')
        return this.claims
      }
    })

    /** The claims of the presented token and what its account says of it; undefined if none is presented. */
    function identify(request: FastifyRequest): Lookup<Identity | undefined> {
      const identity = () =>
        whenFound(app.presentedClaims(request), (claims) => {
          if (claims === undefined) return undefined
          return whenFound(app.accounts.authenticate(claims), (state) => ({ claims, ...state }))
        })
      return otherwise(identity, (error) => {
        app.audit.recordRefusal(error, { address: request.ip })
        throw error
      })
    }

    function requireIdentity(request: FastifyRequest): Lookup<Identity> {
      const identity = () =>
        whenFound(identify(request), (identity) => {
          if (identity === undefined) throw new Refusal('AuthenticationRequiredError')
          request.claims = identity.claims
          return identity
        })
      return otherwise(identity, (error) => {
        throw toUnauthorized(error)
      })
    }

    function requireActive(request: FastifyRequest): Lookup<void> {
      return whenFound(requireIdentity(request), ({ isActive }) => {
        if (!isActive) throw toUnauthorized(deletedUser())
      })
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

    app.decorate('auth', {
      required: hook((request) => whenFound(requireIdentity(request), () => {})),

      active: hook(requireActive),

      password: hook((request) =>
        whenFound(requireIdentity(request), ({ isByPassword }) => {
          if (!isByPassword) throw new Refusal('PasswordAuthenticationRequiredError')
        })
      ),

      optional: hook((request) => {
        const accept = () =>
          whenFound(identify(request), (identity) => {
            if (identity?.isActive) request.claims = identity.claims
          })
        return otherwise(accept, (error) => {
          if (!isTokenRefusal(error)) throw error
        })
      }),

      subject: hook((request) =>
        whenFound(identify(request), (identity) => {
          if (identity === undefined) throw invalidArgument('access_token', 'is missing')
          if (!identity.isActive) throw deletedUser()
          request.claims = identity.claims
        })
      ),

      client: hook((request) => authenticateClient(request, { allowPublic: true })),

      caller: hook(async (request) => {
        await authenticateClient(request)
        if (request.oauthClient !== null) return
        await otherwise(
          () => requireActive(request),
          (error) => {
            throw isMissing(error) ? invalidClient('Basic realm="postern", Bearer realm="postern"') : error
          }
        )
      })
    })
  },
  { name: 'auth', dependencies: ['input', 'jwt', 'accounts', 'oauth-clients', 'throttle', 'audit'] }
)

interface Identity extends AccountState {
  claims: AccessClaims
}

/** A hook that takes no promise where what it judges by is at hand. */
function hook(judge: (request: FastifyRequest) => Lookup<void>): preValidationHookHandler {
  return (request, _reply, done) => {
    let judgement: Lookup<void>
    try {
      judgement = judge(request)
    } catch (error) {
      done(error as Error)
      return
    }
    if (judgement instanceof Promise) judgement.then(() => done(), done)
    else done()
  }
}

function deletedUser(): Refusal {
  return invalidToken('The user has been deleted.')
}

function isMissing(error: unknown): boolean {
  return error instanceof Refusal && error.name === 'AuthenticationRequiredError'
}
