import { Type } from 'typebox'

/** An API key without what makes it work; times in seconds since the epoch. */
export const ApiKeyView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scopes: Type.Array(Type.String()),
  created_at: Type.Integer(),
  expires_at: Type.Optional(Type.Integer()),
  last_used_at: Type.Optional(Type.Integer())
})

/** A page of the API keys, the oldest first. */
export const ApiKeyList = Type.Object({
  api_keys: Type.Array(ApiKeyView),
  next: Type.Optional(Type.String())
})

/** An API key that was made just now, with its text. */
export const NewApiKeyView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scopes: Type.Array(Type.String()),
  expires_at: Type.Optional(Type.Integer()),
  key: Type.String({ description: 'Told only now.' })
})

/** A signing key; times in seconds since the epoch. */
export const SigningKeyView = Type.Object({
  kid: Type.String(),
  algorithm: Type.String(),
  state: Type.String({ description: '`signs`, `waits` or `verifies`.' }),
  signs_from: Type.Optional(Type.Integer({ description: 'Of a key that waits.' })),
  verifies_until: Type.Optional(
    Type.Integer({ description: 'Of a key that verifies: when its last token has expired.' })
  )
})

/** All signing keys of the configured algorithm, the oldest first. */
export const SigningKeyList = Type.Object({ keys: Type.Array(SigningKeyView) })
