/** The time of day in milliseconds since the epoch; `Date.now` outside of tests. */
export type Clock = () => number

/** The clock's time in whole seconds, which is what JWT's NumericDate claims hold (RFC 7519 §2). */
export function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}
