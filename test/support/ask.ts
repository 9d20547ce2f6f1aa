/** The answer of an instance to a call. */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly retryAfter: string | null
  /** The address of the instance. */
  readonly instance: string
  /** When the call was sent and answered, in milliseconds of `performance.now()`. */
  readonly sent: number
  readonly received: number
}

/** An answer for a message; that of a success may hold a token. */
export function describeAnswer({ status, body }: Answer): string {
  return status < 300 ? `${status}` : `${status}: ${body}`
}

/** The connection ended before the answer: whether the call was carried out is not known. */
export class LostReply extends Error {}

/** Sends a form. @throws `LostReply`. */
export type Ask = (
  method: string,
  path: string,
  values: Record<string, string>,
  token?: string
) => Promise<Answer>

// In milliseconds: longer than any instance is frozen.
const patience = 25_000
const badGateway = 502

/** Sends each call to the address that is picked for it, of an instance or of a proxy before several. */
export function createAsk(pickAddress: () => string | Promise<string>): Ask {
  return async (method, path, values, token) => {
    const address = await pickAddress()
    const form = new URLSearchParams(values)
    const sent = performance.now()
    try {
      const response = await fetch(`${address}${path}${method === 'GET' ? `?${form}` : ''}`, {
        method,
        ...(method !== 'GET' && { body: form }),
        ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
        signal: AbortSignal.timeout(patience)
      })
      const body = await response.text()
      if (response.status === badGateway) throw new LostReply()
      const instance = response.headers.get('x-instance') ?? address
      const retryAfter = response.headers.get('retry-after')
      return { status: response.status, body, retryAfter, instance, sent, received: performance.now() }
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') throw new Error(`no answer within ${patience} ms`)
      throw new LostReply()
    }
  }
}
