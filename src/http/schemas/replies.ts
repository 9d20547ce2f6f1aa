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

/** A user's sessions, without their tokens; times in seconds since the epoch. */
export const SessionList = Type.Object({
  refresh_tokens: Type.Array(
    Type.Object({
      jti: Type.String({ description: 'Of the refresh token; where it rotates, the `sid` of its family.' }),
      rotates: Type.Boolean({ description: 'Whether each use retires the token and gives the next.' }),
      issued_at: Type.Integer(),
      last_used_at: Type.Union([Type.Integer(), Type.Null()]),
      expires_at: Type.Integer(),
      address: Type.String(),
      user_agent: Type.Union([Type.String(), Type.Null()])
    })
  )
})
