import { type Static, Type } from 'typebox'

const id = Type.String({ pattern: '^[0-9a-f]{32}$' })
const seconds = Type.Integer({ minimum: 0 })

const UserRecord = Type.Object({
  uid: id,
  name: Type.String({ minLength: 1 }),
  hash: Type.String({
    pattern: '^\\$argon2(id|i|d)\\$v=\\d+\\$m=\\d+,t=\\d+,p=\\d+\\$[A-Za-z0-9+/]+\\$[A-Za-z0-9+/]+$'
  }),
  active: Type.Boolean(),
  gen: Type.Integer({ minimum: 0 }),
  keptJti: Type.Optional(id),
  createdAt: seconds
})

/** The content of `users.json`. */
export const StoreDocument = Type.Object({
  version: Type.Literal(1),
  users: Type.Array(UserRecord),
  revokedTokens: Type.Array(Type.Object({ jti: id, exp: seconds }))
})
export type StoreDocument = Static<typeof StoreDocument>
