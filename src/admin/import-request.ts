import { type Static, Type } from 'typebox'

/** The most characters of a line. The largest account is a quarter of it; a longer one would hold up other calls while it is judged. */
export const maxLineLength = 64 * 1024

/** The arguments of an import, beside its lines. */
export const ImportRequest = Type.Object(
  {
    dry_run: Type.Optional(
      Type.Boolean({ description: 'Whether nothing is stored. The report is that of the same import.' })
    ),
    on_conflict: Type.Optional(
      Type.Enum(['skip', 'update', 'fail'], {
        description: 'The treatment of a line whose account is there already; fail unless it says otherwise.'
      })
    )
  },
  { additionalProperties: false }
)
export type ImportRequest = Static<typeof ImportRequest>
