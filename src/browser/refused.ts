import { Refusal } from '../errors/refusals.js'

/** The refusal of a form, which its page tells; undefined if the promise is kept. @throws every other error, and a refusal of ours, such as a full queue. */
export async function refusalOf(promise: Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await promise
    return undefined
  } catch (error) {
    return asRefusal(error)
  }
}

/** A handler for `catch` that gives the refusal of a form. @throws as `refusalOf`. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal && error.statusCode < 500) return error
  throw error
}
