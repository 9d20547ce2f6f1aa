/** One of these by chance; undefined if there is none. */
export function pickFrom<Value>(values: readonly Value[]): Value | undefined {
  return values[Math.floor(Math.random() * values.length)]
}
