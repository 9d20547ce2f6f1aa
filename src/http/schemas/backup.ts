import { type Static, Type } from 'typebox'

// A recipient of a hybrid with ML-KEM has some 2,000 characters.
const Recipient = Type.String({ minLength: 1, maxLength: 3000 })

/** The arguments of a backup. */
export const BackupRequest = Type.Object({
  recipient: Type.Optional(Type.Union([Recipient, Type.Array(Recipient, { minItems: 1, maxItems: 20 })]))
})

/** The arguments of a backup. */
export type BackupRequest = Static<typeof BackupRequest>
