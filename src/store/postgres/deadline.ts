/** A time limit that begins when it is made. */
export interface Deadline {
  readonly hasPassed: boolean
  /** The outcome of the promise, which nobody learns if it comes later. @throws `TimeoutError` once the time is over. */
  limit<T>(promise: Promise<T>): Promise<T>
  /** Forgets the limit. */
  clear(): void
}

/** The error of a deadline that has passed. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

/** @param milliseconds until it passes. */
export function createDeadline(milliseconds: number): Deadline {
  let hasPassed = false
  let timer: NodeJS.Timeout | undefined
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      hasPassed = true
      reject(new TimeoutError(`there was no answer within ${Math.round(milliseconds)} ms`))
    }, milliseconds)
  })
  passed.catch(() => {})
  return {
    get hasPassed() {
      return hasPassed
    },
    limit: (promise) => Promise.race([promise, passed]),
    clear: () => clearTimeout(timer)
  }
}
