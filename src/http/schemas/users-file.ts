import { type Static, Type } from 'typebox'

/** How the accounts are brought to what the users file says. */
export const UsersFileSyncQuery = Type.Object({
  dry_run: Type.Optional(
    Type.Boolean({
      description: 'Whether nothing is changed. The answer is that of the same call without it.'
    })
  )
})
export type UsersFileSyncQuery = Static<typeof UsersFileSyncQuery>

/** The differences between the users file and the accounts. */
export const UsersFileReport = Type.Object({
  users: Type.Array(
    Type.Object({
      user: Type.String(),
      action: Type.Enum(['make', 'change', 'disable', 'release', 'conflict']),
      members: Type.Optional(Type.Array(Type.String(), { description: 'The members that a change sets.' })),
      reason: Type.Optional(Type.String({ description: 'Why the account is left as it is.' }))
    })
  )
})
