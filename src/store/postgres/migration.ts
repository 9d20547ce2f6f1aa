/** A change of the schema. One that a release has had is never edited. */
export interface Migration {
  /** One more than that of the one before. */
  readonly number: number
  readonly name: string
  /** The last migration that a program must know to work beside this one: tables are first expanded, and contracted a release later. */
  readonly oldest: number
  /** The statements. `table` quotes the name of a table, with the schema. */
  sql(table: (name: string) => string): string
}
