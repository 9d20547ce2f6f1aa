/** The members of a row that are not null: a record has no member for what it lacks. */
export function presentMembers<Row extends object>(
  row: Row
): { [Name in keyof Row]?: NonNullable<Row[Name]> } {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as {
    [Name in keyof Row]?: NonNullable<Row[Name]>
  }
}
