/** The answer to a lookup, synchronous if it is at hand: a promise costs more than the lookup. */
export type Lookup<T> = T | Promise<T>

/** Continues with the answer to a lookup, without a promise if it is at hand. */
export function whenFound<T, Result>(lookup: Lookup<T>, next: (answer: T) => Lookup<Result>): Lookup<Result> {
  return lookup instanceof Promise ? lookup.then(next) : next(lookup)
}

/** Continues with the answers to several lookups, without a promise if all are at hand. */
export function whenAllFound<const T extends readonly unknown[], Result>(
  lookups: { [Index in keyof T]: Lookup<T[Index]> },
  next: (answers: T) => Result
): Lookup<Result> {
  const isWaiting = lookups.some((lookup) => lookup instanceof Promise)
  return isWaiting
    ? Promise.all(lookups).then((answers) => next(answers as unknown as T))
    : next(lookups as T)
}

/** The answer to a lookup, or `recover` in place of its refusal, without a promise if it is at hand. */
export function otherwise<T>(lookup: () => Lookup<T>, recover: (error: unknown) => T): Lookup<T> {
  try {
    const answer = lookup()
    return answer instanceof Promise ? answer.catch(recover) : answer
  } catch (error) {
    return recover(error)
  }
}
