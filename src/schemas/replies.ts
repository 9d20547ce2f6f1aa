import { Type } from 'typebox'

/** The version of the service. */
export const Version = Type.Object({ version: Type.String() })

/** All is well. */
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
    sid: Type.Optional(Type.String()),
    iss: Type.Optional(Type.String()),
    aud: Type.Optional(Type.String())
  },
  { additionalProperties: true }
)
