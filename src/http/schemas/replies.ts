import { Type } from 'typebox'

/** The version of the service. */
export const Version = Type.Object({ version: Type.String() })

/** The reply of a healthy service. */
export const Health = Type.Object({ status: Type.Literal('ok') })

/** A token's payload as it stands in the token; see `AccessClaims`. */
export const Payload = Type.Object(
  {
    user: Type.String(),
    uid: Type.String(),
    sub: Type.String(),
    token_type: Type.String(),
    authentication_method: Type.String(),
    iat: Type.Integer(),
    nbf: Type.Integer(),
    exp: Type.Integer(),
    jti: Type.String(),
    gen: Type.Integer(),
    auth_time: Type.Optional(Type.Integer()),
    amr: Type.Optional(Type.Array(Type.String())),
    acr: Type.Optional(Type.String()),
    groups: Type.Optional(Type.Array(Type.String())),
    sid: Type.Optional(Type.String()),
    iss: Type.Optional(Type.String()),
    aud: Type.Optional(Type.String())
  },
  { additionalProperties: true }
)

/** The token response of a grant (RFC 6749 §5.1). */
export const TokenReply = Type.Object({
  access_token: Type.String(),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer(),
  refresh_token: Type.Optional(Type.String()),
  scope: Type.String({ description: 'The scope that was given, whatever was asked for.' })
})

/** The secret of a second factor that is being set up. */
export const OfferedFactor = Type.Object({
  secret: Type.String({ description: 'In base32, told only here.' }),
  uri: Type.String({ description: 'The same for an authenticator app.' }),
  qr: Type.String({ description: 'The QR code of `uri`, as SVG.' })
})

/** The recovery codes of an account. */
export const RecoveryCodes = Type.Object({
  recovery_codes: Type.Array(Type.String(), { description: 'Each is good once. They are told only here.' })
})

/** A user's sessions, without their tokens; times in seconds since the epoch. */
export const SessionList = Type.Object({
  refresh_tokens: Type.Array(
    Type.Object({
      jti: Type.String({
        description:
          'Of the refresh token; where it rotates, the `sid` of its family. Of a browser the id of its session.'
      }),
      kind: Type.Optional(
        Type.Enum(['refresh_token', 'browser'], { description: 'Only where all sessions are listed.' })
      ),
      rotates: Type.Boolean({ description: 'Whether each use retires the token and gives the next.' }),
      issued_at: Type.Integer(),
      last_used_at: Type.Union([Type.Integer(), Type.Null()]),
      expires_at: Type.Integer(),
      address: Type.String(),
      user_agent: Type.Union([Type.String(), Type.Null()])
    })
  )
})

const account = {
  uid: Type.String(),
  user: Type.String(),
  state: Type.Enum(['active', 'disabled', 'deleted'], {
    description: 'An account whose `expires_at` has passed is barred whatever its state.'
  }),
  has_password: Type.Boolean(),
  email: Type.Optional(Type.String()),
  email_verified: Type.Optional(Type.Boolean()),
  display_name: Type.Optional(Type.String()),
  groups: Type.Array(Type.String()),
  claims: Type.Object({}, { additionalProperties: true }),
  expires_at: Type.Optional(Type.Integer()),
  external_id: Type.Optional(Type.String()),
  created_at: Type.Integer(),
  password_changed_at: Type.Optional(Type.Integer()),
  last_login_at: Type.Optional(Type.Integer()),
  managed_by: Type.Optional(Type.Literal('file'))
}

/** An account as the operator's calls tell it; times in seconds since the epoch. */
export const Account = Type.Object(account)

/** The same with what it has beside its record. */
export const AccountDetails = Type.Object({
  ...account,
  sessions: Type.Integer({ description: 'The number of its living sessions.' }),
  factors: Type.Integer({ description: 'The number of its second factors.' })
})

/** A new account, with the link that sets its password if it was asked for. */
export const CreatedAccount = Type.Object({
  ...account,
  invite_url: Type.Optional(Type.String({ description: 'The link, told only here.' })),
  invite_expires_at: Type.Optional(Type.Integer())
})

const next = Type.Optional(
  Type.String({ description: 'The `cursor` of the next page; missing on the last.' })
)

/** A page of accounts, with their hashes if they were asked for. */
export const AccountList = Type.Object({
  users: Type.Array(
    Type.Object({
      ...account,
      hash: Type.Optional(Type.String({ description: 'Only with `with_hashes`.' }))
    })
  ),
  next
})

/** The outcome of an import. */
export const ImportReport = Type.Object({
  made: Type.Integer(),
  updated: Type.Integer(),
  skipped: Type.Integer(),
  refused: Type.Array(
    Type.Object({
      line: Type.Integer({ description: 'The first is 1.' }),
      user: Type.Optional(Type.String()),
      reason: Type.String()
    })
  )
})

/** A link that sets a password. */
export const GivenLink = Type.Object({
  url: Type.String({ description: 'The link, told only here.' }),
  expires_at: Type.Integer()
})

/** An invitation that was made. */
export const CreatedInvitation = Type.Object({ id: Type.String(), ...GivenLink.properties })

/** A page of invitations, without their links. */
export const InvitationList = Type.Object({
  invites: Type.Array(
    Type.Object({
      id: Type.String(),
      created_at: Type.Integer(),
      expires_at: Type.Integer(),
      user: Type.Optional(Type.String()),
      email: Type.Optional(Type.String()),
      groups: Type.Array(Type.String())
    })
  ),
  next
})
