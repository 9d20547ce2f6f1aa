// Replies that are sent as they are, not through a schema.
import { Type } from 'typebox'

/** The keys that verify, as a JWK Set (RFC 7517 §5). */
export const KeySet = Type.Object({
  keys: Type.Array(Type.Object({ kid: Type.String() }, { additionalProperties: true }))
})

/** The introspection response of a token (RFC 7662 §2.2). */
export const Introspection = Type.Object(
  {
    active: Type.Boolean({ description: 'If it is false, there is nothing else.' }),
    username: Type.Optional(Type.String()),
    token_type: Type.Optional(Type.String({ description: 'Bearer, or refresh_token.' }))
  },
  { additionalProperties: true, description: 'With the claims of a token that is good.' }
)

/** The reply of a revocation, which RFC 7009 §2.2 leaves open. */
export const Revocation = Type.Object({}, { description: 'An empty object.' })

/** A page of the revocation feed. */
export const RevocationPage = Type.Object({
  cursor: Type.String({ description: 'The position after these. Opaque.' }),
  entries: Type.Array(
    Type.Union([
      Type.Object(
        {
          uid: Type.String(),
          gen_below: Type.Integer(),
          except: Type.Optional(Type.String({ description: 'The `jti` of the token that was kept.' }))
        },
        { description: 'The tokens of a user with a smaller `gen`.' }
      ),
      Type.Object({ uid: Type.String(), ended: Type.Boolean() }, { description: 'All tokens of a user.' }),
      Type.Object(
        { sid: Type.String() },
        { description: 'The access tokens of a session, but for a token that was kept.' }
      ),
      Type.Object({ jti: Type.String(), exp: Type.Integer() }, { description: 'One token.' }),
      Type.Object({ kid: Type.String() }, { description: 'All tokens of a key.' })
    ])
  )
})

const Names = Type.Array(Type.String())

/** The metadata of an authorization server (RFC 8414 §2). */
export const ServerMetadata = Type.Object({
  issuer: Type.String(),
  jwks_uri: Type.String(),
  token_endpoint: Type.String(),
  token_endpoint_auth_methods_supported: Names,
  grant_types_supported: Names,
  scopes_supported: Names,
  userinfo_endpoint: Type.String(),
  introspection_endpoint: Type.String(),
  introspection_endpoint_auth_methods_supported: Names,
  revocation_endpoint: Type.String(),
  revocation_endpoint_auth_methods_supported: Names
})

/** A user of a fixture that was made or changed. */
export const FixtureUser = Type.Object({ uid: Type.String() })

const Values = Type.Record(Type.String(), Type.Unknown())

/** All users of a fixture. */
export const FixtureUsers = Type.Object({
  users: Type.Array(
    Type.Object({
      user: Type.String(),
      uid: Type.String(),
      active: Type.Boolean({ description: 'Whether the state is `active`.' }),
      state: Type.String(),
      email: Type.Optional(Type.String()),
      email_verified: Type.Optional(Type.Boolean()),
      display_name: Type.Optional(Type.String()),
      groups: Type.Array(Type.String()),
      claims: Values
    })
  )
})

/** The addresses of a namespace of a fixture. */
export const FixtureNamespace = Type.Object({
  url: Type.String(),
  issuer: Type.String(),
  jwks_url: Type.String()
})

/** All namespaces of a fixture. */
export const FixtureNamespaces = Type.Object({
  namespaces: Type.Array(Type.Object({ id: Type.String(), ...FixtureNamespace.properties }))
})

/** The clock of a fixture. */
export const FixtureClock = Type.Object({ now: Type.Number(), frozen: Type.Boolean() })

/** The recorded requests of a fixture. */
export const FixtureRequests = Type.Object({
  requests: Type.Array(
    Type.Object({ method: Type.String(), path: Type.String(), arguments: Values, status: Type.Integer() })
  )
})
