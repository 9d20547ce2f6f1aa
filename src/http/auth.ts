import type { FastifyRequest, onSendHookHandler, preValidationHookHandler } from 'fastify'
import { invalidToken, isTokenRefusal, MissingArgument, Refusal, toUnauthorized } from '../errors/refusals.js'
import { type Lookup, otherwise, whenFound } from '../lookup.js'

/**
 * Who is it? As `preValidation` hooks of a route: after the arguments were merged, before they are checked. A token whose
 * account was deleted passes where one is required: the contract has the account answer for that, after the arguments.
 */
export interface Auth {
  /** Goes on without claims unless a valid token is presented. */
  optional: preValidationHookHandler
  /** 401 unless a valid token is presented. */
  required: preValidationHookHandler
  /** 401 as `required`; 403 unless the token was obtained with the password, which was not changed since. */
  password: preValidationHookHandler
  /** As `password` if a token is presented; else it goes on without claims, and the call asks for name and password. */
  passwordIfPresented: preValidationHookHandler
  /** 401 unless a valid token of an active account is presented. */
  active: preValidationHookHandler
  /** As `active` if a token is presented; else it goes on without claims. */
  activeIfPresented: preValidationHookHandler
  /** 400 unless a valid token is presented, since the token is the subject of the call. */
  subject: preValidationHookHandler
  /** 401 for wrong credentials of a client. Passes without credentials, and for a public client. */
  client: preValidationHookHandler
  /** 401 unless the caller authenticates as a client, or presents a valid token of an active account. */
  caller: preValidationHookHandler
  /** 401 unless the caller authenticates as a client, or presents an API key; 403 for one without the scope `revocations`. */
  feedReader: preValidationHookHandler
  /**
   * As the `onSend` hook of a route that calls a token good: 503 in place of a success by a token that was judged too long ago, since
   * the process was frozen or the call took long.
   */
  fresh: onSendHookHandler
}

/** The claims of a token, and the state of its account. */
export interface Identity<Claims> {
  claims: Claims
  isActive: boolean
  /** Whether the token stands for the password. */
  isByPassword: boolean
}

/** The functions that the policies depend on. */
export interface AuthDependencies<Claims> {
  /** The identity of the presented token; undefined if none is presented. @throws as `Accounts.authenticate`. */
  identify(request: FastifyRequest): Lookup<Identity<Claims> | undefined>
  /** Keeps the claims of an accepted token for the handler. */
  accept(request: FastifyRequest, claims: Claims): void
  /** Whether the token was judged so short a time ago that the reply may follow the judgement. */
  isFresh(request: FastifyRequest): boolean
  /** Notes the refusal of a token without which the call goes on. */
  ignore(request: FastifyRequest, refusal: Refusal): void
  /** Authenticates the OAuth client, if there is one, and keeps its id for the handler. @throws `InvalidClientError`. */
  authenticateClient(request: FastifyRequest, rules?: { allowPublic?: boolean }): Promise<string | null>
  /** Requires an operator's credential with the scope `revocations`. @throws as `OperatorAuthentication`, and for its scope. */
  requireFeedScope(request: FastifyRequest): Promise<void>
  /** The refusal of a caller that is neither a client nor a user. */
  noCaller(): Refusal
}

/** The age of an answer that follows from two judgements. */
export function bothFresh<Age extends { isCurrent(): boolean }>(
  one: Age | null,
  other: Age | undefined
): Age | { isCurrent(): boolean } | null {
  if (one === null || other === undefined) return other ?? one
  return { isCurrent: () => one.isCurrent() && other.isCurrent() }
}

/** See `Auth`. */
export function createAuth<Claims>(dependencies: AuthDependencies<Claims>): Auth {
  const { identify, accept, isFresh, ignore, authenticateClient, requireFeedScope, noCaller } = dependencies

  function requireIdentity(request: FastifyRequest): Lookup<Identity<Claims>> {
    const identity = () =>
      whenFound(identify(request), (identity) => {
        if (identity === undefined) throw new Refusal('AuthenticationRequiredError')
        accept(request, identity.claims)
        return identity
      })
    return otherwise(identity, (error) => {
      throw toUnauthorized(error)
    })
  }

  function requirePassword(request: FastifyRequest): Lookup<void> {
    return whenFound(requireIdentity(request), ({ isByPassword }) => {
      if (!isByPassword) throw new Refusal('PasswordAuthenticationRequiredError')
    })
  }

  function requireActive(request: FastifyRequest): Lookup<void> {
    return whenFound(requireIdentity(request), ({ isActive }) => {
      if (!isActive) throw toUnauthorized(deletedUser())
    })
  }

  return {
    required: hook((request) => whenFound(requireIdentity(request), () => {})),

    active: hook(requireActive),

    activeIfPresented: hook(ifPresented(requireActive)),

    password: hook(requirePassword),

    passwordIfPresented: hook(ifPresented(requirePassword)),

    optional: hook((request) => {
      const acceptIfActive = () =>
        whenFound(identify(request), (identity) => {
          if (identity?.isActive) accept(request, identity.claims)
        })
      return otherwise(acceptIfActive, (error) => {
        if (!isTokenRefusal(error)) throw error
        ignore(request, error)
      })
    }),

    subject: hook((request) =>
      whenFound(identify(request), (identity) => {
        if (identity === undefined) throw new MissingArgument('access_token')
        if (!identity.isActive) throw deletedUser()
        accept(request, identity.claims)
      })
    ),

    client: hook((request) => authenticateClient(request, { allowPublic: true }).then(() => {})),

    caller: hook(async (request) => {
      if ((await authenticateClient(request)) !== null) return
      await otherwise(
        () => requireActive(request),
        (error) => {
          throw isMissing(error) ? noCaller() : error
        }
      )
    }),

    feedReader: hook(async (request) => {
      if ((await authenticateClient(request)) !== null) return
      if (request.headers.authorization === undefined) throw noCaller()
      await requireFeedScope(request)
    }),

    fresh(request, { statusCode }, payload, done) {
      if (statusCode >= 400 || isFresh(request)) done(null, payload)
      else done(new Refusal('StoreUnavailableError', { message: tooOld, headers: { 'retry-after': '1' } }))
    }
  }
}

const tooOld = 'The token was judged too long ago: try again.'

/** The judgement of a token, without which a request passes. */
function ifPresented(judge: (request: FastifyRequest) => Lookup<void>) {
  return (request: FastifyRequest) =>
    otherwise(
      () => judge(request),
      (error) => {
        if (!isMissing(error)) throw error
      }
    )
}

/** A hook that creates no promise when its judgement needs none. */
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
