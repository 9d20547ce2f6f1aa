import { STATUS_CODES } from 'node:http'

/**
 * All refusals to clients: status and default message. The names are stable, and clients
 * may rely on them; `InvalidTokenError` and `TokenTypeError` become 401 where authentication is required.
 */
export const refusals = {
  InvalidArgumentError: { statusCode: 400, message: 'An argument is missing or malformed.' },
  InvalidTokenError: { statusCode: 400, message: 'The token is not valid.' },
  TokenTypeError: { statusCode: 400, message: 'The token is of the wrong type for this call.' },
  PasswordPolicyError: { statusCode: 400, message: 'The password does not meet the password policy.' },
  MalformedRequestError: { statusCode: 400, message: 'The request is malformed.' },
  UnsupportedGrantTypeError: {
    statusCode: 400,
    message: 'The grant_type must be password or refresh_token.'
  },
  InvalidClientError: { statusCode: 401, message: 'The client id or the client secret is wrong or missing.' },
  AuthenticationRequiredError: { statusCode: 401, message: 'This call needs an access token.' },
  PasswordAuthenticationRequiredError: {
    statusCode: 403,
    message: 'This call needs a fresh access token, obtained with the password: sign in again.'
  },
  FixtureSecretRequiredError: {
    statusCode: 403,
    message: 'This call needs the secret of the fixture, as a Bearer credential.'
  },
  InsufficientScopeError: { statusCode: 403, message: 'The credential lacks a scope that this call needs.' },
  EmailTakenError: { statusCode: 403, message: 'Another account has the e-mail address.' },
  ManagedByFileError: {
    statusCode: 403,
    message: 'The users file of the service manages the password of this account.'
  },
  ExternalIdTakenError: { statusCode: 403, message: 'Another account has the external_id.' },
  SiteDeniedError: { statusCode: 403, message: 'The account may not see this page.' },
  UntrustedProxyError: {
    statusCode: 403,
    message:
      'The proxy that asks is none of POSTERN_TRUST_PROXY, so it is not believed which site it asks for.'
  },
  ForeignFormError: { statusCode: 403, message: 'The form was not sent by a page of this service.' },
  InsecureAddressError: {
    statusCode: 403,
    message: 'The pages are for HTTPS, and for HTTP on this machine: the operator sets POSTERN_PUBLIC_URL.'
  },
  RegistrationClosedError: { statusCode: 403, message: 'Registration is closed.' },
  SecondFactorRequiredError: {
    statusCode: 403,
    message: 'This account has a second factor: send a code of it as otp.'
  },
  SecondFactorSetupRequiredError: {
    statusCode: 403,
    message: 'This account must set up a second factor first, by POST and PUT /user/totp.'
  },
  IncorrectSecondFactorError: {
    statusCode: 403,
    message: 'The code of the second factor (otp) is wrong, or was used before.'
  },
  UserAlreadyExistsError: { statusCode: 403, message: 'The user name is taken.' },
  UserDeactivatedError: { statusCode: 403, message: 'The user has been deleted.' },
  IncorrectPasswordError: { statusCode: 404, message: 'The user name or the password is wrong.' },
  UserDoesNotExistError: { statusCode: 404, message: 'The user no longer exists.' },
  InvitationDoesNotExistError: { statusCode: 404, message: 'There is no invitation of this id.' },
  SecondFactorDoesNotExistError: { statusCode: 404, message: 'The account has no second factor.' },
  ApiKeyDoesNotExistError: { statusCode: 404, message: 'There is no API key of this id.' },
  SigningKeyDoesNotExistError: { statusCode: 404, message: 'There is no signing key of this kid.' },
  SessionDoesNotExistError: { statusCode: 404, message: 'The user has no session of this id.' },
  NoPublicKeyError: {
    statusCode: 404,
    message: 'Tokens are signed with a symmetric algorithm: there is no public key.'
  },
  NamespaceDoesNotExistError: {
    statusCode: 404,
    message: 'There is no namespace of this name: PUT /fixture/namespaces/:id makes one.'
  },
  SnapshotDoesNotExistError: { statusCode: 404, message: 'There is no snapshot of this name.' },
  NotFoundError: { statusCode: 404, message: 'There is nothing at this address.' },
  MethodNotAllowedError: { statusCode: 405, message: 'The method is not allowed here.' },
  RequestTimeoutError: { statusCode: 408, message: 'The request took too long to arrive.' },
  SigningKeyRefusedError: { statusCode: 409, message: 'The signing keys cannot be changed so.' },
  LinkGoneError: { statusCode: 410, message: 'The link was used, has expired, or never was one.' },
  CursorGoneError: {
    statusCode: 410,
    message: 'The cursor is too old, or of another store: ask again without one.'
  },
  PreconditionFailedError: { statusCode: 412, message: 'The account has changed since: read it again.' },
  PayloadTooLargeError: { statusCode: 413, message: 'The body is over 64 KiB, or over 1 MiB at an import.' },
  UnsupportedMediaTypeError: {
    statusCode: 415,
    message: 'The body must be application/json, application/x-www-form-urlencoded or multipart/form-data.'
  },
  ExpectationFailedError: { statusCode: 417, message: 'The header Expect takes nothing but 100-continue.' },
  TooManyFailuresError: { statusCode: 429, message: 'Too many failed logins; try again later.' },
  TooManySignUpsError: {
    statusCode: 429,
    message: 'Too many users were made from this network; try again later.'
  },
  TooManySessionsError: {
    statusCode: 429,
    message: 'Too many refresh tokens were issued to this user; try again soon.'
  },
  TooManyRevocationsError: {
    statusCode: 429,
    message: 'Too many access tokens of this user were revoked; try again soon.'
  },
  HeadersTooLargeError: { statusCode: 431, message: 'The headers are too large.' },
  InternalServerError: { statusCode: 500, message: 'Something went wrong on our side.' },
  ServerBusyError: { statusCode: 503, message: 'Too many passwords are being checked; try again soon.' },
  StoreUnavailableError: { statusCode: 503, message: 'The change could not be stored; nothing was changed.' },
  NotReadyError: { statusCode: 503, message: 'The service is not ready.' },
  InjectedFaultError: { statusCode: 503, message: 'A test has asked for this.' }
} as const satisfies Record<string, { statusCode: number; message: string }>

/** The name of a refusal, sent as `error_name`. */
export type RefusalName = keyof typeof refusals

/** The deviations of one `Refusal` from the table. */
export interface RefusalOptions extends ErrorOptions {
  message?: string
  statusCode?: number
  headers?: Record<string, string>
  reason?: string
}

/**
 * A refusal of the table above, thrown by domain code that knows no reply. Its message reaches the client,
 * so that it must never hold a secret; its `cause` reaches only the log, and only for a 5xx.
 */
export class Refusal extends Error {
  override readonly name: RefusalName
  readonly statusCode: number
  readonly headers: Record<string, string>
  /** The cause in detail, for tests: a fixture sends it, and no other service. Undefined if the message says all. */
  readonly reason: string | undefined

  constructor(name: RefusalName, options: RefusalOptions = {}) {
    super(options.message ?? refusals[name].message, options)
    this.name = name
    this.statusCode = options.statusCode ?? refusals[name].statusCode
    this.headers = options.headers ?? {}
    this.reason = options.reason
  }
}

/** The body of an error reply. */
export function toErrorBody(error: Refusal) {
  return {
    statusCode: error.statusCode,
    error: STATUS_CODES[error.statusCode] ?? 'Unknown',
    error_name: error.name,
    message: error.message
  }
}

/** A refusal with `Retry-After`: in whole seconds, at least one. */
export function retryLater(name: RefusalName, milliseconds: number): Refusal {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000))
  return new Refusal(name, { headers: { 'retry-after': String(seconds) } })
}

/** An `InvalidArgumentError` that names the argument; `rule` says what it takes and never repeats its value. */
export class InvalidArgument extends Refusal {
  constructor(
    readonly argument: string,
    rule: string
  ) {
    super('InvalidArgumentError', { message: `${argument}: ${rule}.` })
  }
}

/** As `InvalidArgument`. */
export function invalidArgument(argument: string, rule: string): Refusal {
  return new InvalidArgument(argument, rule)
}

/** The `InvalidArgumentError` of a call without this argument. */
export class MissingArgument extends InvalidArgument {
  constructor(argument: string) {
    super(argument, 'is missing')
  }
}

/** The refusal of a wrong `current_pass`: a 403, since a 404 would deny the account of a valid token. */
export function incorrectCurrentPassword(): Refusal {
  return new Refusal('IncorrectPasswordError', {
    statusCode: 403,
    message: 'The current password (current_pass) is wrong.'
  })
}

/** An `InvalidTokenError` that says what is wrong with the token; `reason` is that of a `Refusal`. */
export function invalidToken(message: string, reason?: string): Refusal {
  return new Refusal('InvalidTokenError', { message, ...(reason !== undefined && { reason }) })
}

/** Whether this is a refusal of a token, whatever its status. */
export function isTokenRefusal(error: unknown): error is Refusal {
  return error instanceof Refusal && (error.name === 'InvalidTokenError' || error.name === 'TokenTypeError')
}

/** The refusal of the token that a request presents as a 401; any other error as it is. */
export function toUnauthorized(error: unknown): unknown {
  if (!isTokenRefusal(error)) return error
  const { name, message, reason } = error
  return new Refusal(name, { message, statusCode: 401, ...(reason !== undefined && { reason }) })
}
