/** The columns and the rows of an `INSERT`. */
export interface Insertion {
  /** The statement from its columns on, with parameters from `$1` on. */
  readonly text: string
  readonly values: readonly unknown[]
}

/**
 * The columns and the rows of an `INSERT`. PostgreSQL takes the types from the columns.
 *
 * @param rows one or more, all with the same columns in the same order: at most 65,535 values in all.
 */
export function insertionOf(rows: readonly Readonly<Record<string, unknown>>[]): Insertion {
  const columns = Object.keys(rows[0] ?? {})
  const tuple = (row: number) =>
    columns.map((_, column) => `$${row * columns.length + column + 1}`).join(', ')
  return {
    text: `(${columns.join(', ')}) VALUES ${rows.map((_, row) => `(${tuple(row)})`).join(', ')}`,
    values: rows.flatMap((row) => Object.values(row))
  }
}
