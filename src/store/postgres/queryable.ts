/** Runs statements. */
export interface Queryable {
  /**
   * The rows of a statement, with `$1` and so on for the values.
   *
   * @throws `StoreUnavailableError` if the database did not answer; `pg.DatabaseError` if the statement is at fault, such as that
   *   of a `violatedConstraint`.
   */
  query<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>
}
