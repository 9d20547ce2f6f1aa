import { type Static, Type } from 'typebox'
import { Secret } from './secret.js'

// Every export that is a schema counts: argument-names.ts derives from them which names the log may tell, and whose values
// nothing may.

// The limits before NFC, which must never see more: four times those after it. The domain checks the latter.
const maxNameLength = 4 * 255
const maxPasswordLength = 4 * 1024

const UserName = Type.String({
  minLength: 1,
  maxLength: maxNameLength,
  description: 'A user name: 1 to 255 characters, none of them invisible.'
})
const Password = Secret({
  minLength: 1,
  maxLength: maxPasswordLength,
  description: 'A password: 1 to 1024 characters, kept as they are.'
})
// No maximum length: a text that is too long is an invalid token, not a wrong argument.
const Token = Secret({ minLength: 1, description: 'An encoded token.' })

// With the spaces and hyphens that people type.
const maxCodeLength = 64

const Otp = Secret({
  minLength: 1,
  maxLength: maxCodeLength,
  description: 'A code of the second factor: of the authenticator app, or a recovery code.'
})

/** A name with its password. */
export const Credentials = Type.Object({ user: UserName, pass: Password })
export type Credentials = Static<typeof Credentials>

/** A name with its password, or a refresh token in the place of the name and no password. */
export const SignIn = Type.Object({
  user: Type.String({ minLength: 1, description: 'A user name, or a refresh token.' }),
  pass: Type.Optional(
    Secret({
      maxLength: maxPasswordLength,
      description: 'The password; missing or empty with a refresh token.'
    })
  ),
  otp: Type.Optional(Otp)
})
export type SignIn = Static<typeof SignIn>

/** The password that somebody with a link sets, and the name that he chooses where his invitation names none. */
export const LinkRequest = Type.Object({ pass: Password, user: Type.Optional(UserName) })
export type LinkRequest = Static<typeof LinkRequest>

/** The hash of a password that the operator gives a new account. The schema of that call is the domain's own. */
export const GivenHash = Type.Object({ hash: Type.Optional(Secret()) })

/** The secret of the second factor that a test gives a user. The schema of that call is the fixture's own. */
export const GivenFactor = Type.Object({ totp: Type.Optional(Secret()) })

const CurrentPassword = Type.Optional(
  Secret({
    minLength: 1,
    maxLength: maxPasswordLength,
    description: 'The current password; needed only where `POSTERN_CONFIRM_PASSWORD` is `on`.'
  })
)

/** Which sessions a list has. */
export const SessionKinds = Type.Object({
  kind: Type.Optional(
    Type.Enum(['refresh_token', 'all'], {
      description: '`all`: the sessions of browsers, too, and each with its kind.'
    })
  )
})
export type SessionKinds = Static<typeof SessionKinds>

/** A new password, with the current one. */
export const NewPassword = Type.Object({ pass: Password, current_pass: CurrentPassword })
export type NewPassword = Static<typeof NewPassword>

/** The current password of the user whose token is presented. */
export const Confirmation = Type.Object({ current_pass: CurrentPassword })
export type Confirmation = Static<typeof Confirmation>

/** A code of the second factor that the account has, if it has one. */
export const FactorProof = Type.Object({ otp: Type.Optional(Otp) })
export type FactorProof = Static<typeof FactorProof>

const SetUpCredentials = {
  user: Type.Optional(UserName),
  pass: Type.Optional(Password)
}

/** The beginning of a second factor; with name and password where the account cannot sign in without one. */
export const FactorOffer = Type.Object({ ...SetUpCredentials, otp: Type.Optional(Otp) })
export type FactorOffer = Static<typeof FactorOffer>

/** The first code of a second factor; with name and password as `FactorOffer`. */
export const FactorSetup = Type.Object({ ...SetUpCredentials, otp: Otp })
export type FactorSetup = Static<typeof FactorSetup>

/** The other names of arguments; see argument-aliases.ts. No call has them in its own schema for that. */
export const OtherNames = Type.Object({
  username: Type.Optional(UserName),
  password: Type.Optional(Password),
  current_password: CurrentPassword
})

/** The accounts of an import, a JSON object a line. Some have hashes. */
export const AccountLines = Type.Object({ lines: Secret() }, { additionalProperties: false })
export type AccountLines = Static<typeof AccountLines>

/** A refresh token to revoke. */
export const RefreshToken = Type.Object({ refresh_token: Token })
export type RefreshToken = Static<typeof RefreshToken>

/** The arguments of `POST /oauth/token` (RFC 6749 §4.3.2, §6). */
export const TokenRequest = Type.Object({
  grant_type: Type.String({ description: 'password or refresh_token' }),
  username: Type.Optional(UserName),
  password: Type.Optional(Password),
  otp: Type.Optional(Otp),
  refresh_token: Type.Optional(Token)
})
export type TokenRequest = Static<typeof TokenRequest>

/** A token to ask about or to revoke (RFC 7662 §2.1, RFC 7009 §2.1). */
export const AnyToken = Type.Object({
  token: Token,
  token_type_hint: Type.Optional(
    Type.String({
      description: 'At introspection, refresh_token asks for a refresh token too; else not needed.'
    })
  )
})
export type AnyToken = Static<typeof AnyToken>

// Of PostgreSQL a cursor names up to 700 transactions that were under way.
const maxCursorLength = 8192

/** The question of a reader of the revocation feed. */
export const FeedQuestion = Type.Object({
  cursor: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: maxCursorLength,
      description: 'The `cursor` of the answer before; without it the answer is all that is in force.'
    })
  ),
  wait: Type.Optional(
    Type.String({
      description: 'How many seconds to wait, 0 to 60, until there is something to tell.'
    })
  )
})
export type FeedQuestion = Static<typeof FeedQuestion>

/**
 * The credentials that calls take beside the arguments of their own schemas: an access token (RFC 6750 §2.2), or those of an
 * OAuth client (RFC 6749 §2.3.1). They are judged before the schema of a call.
 */
export const PresentedCredentials = Type.Object({
  access_token: Type.Optional(Token),
  client_id: Type.Optional(Type.String()),
  client_secret: Type.Optional(Secret())
})
