import { Agent as HttpAgent, get as httpGet, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, get as httpsGet } from 'node:https'
import { PosternUnreachableError } from './verifier-errors.js'

/** Where the revocation feed is, and who asks. */
export interface FeedAddress {
  url: URL
  /** The `Authorization` header. */
  authorization: string
}

/** An answer of the feed. */
export interface Page {
  cursor: string
  entries: unknown[]
}

/**
 * Asks the feed.
 *
 * @param query of the URL, with its question mark, or empty.
 * @param patience in milliseconds, for the whole answer.
 * @param holdsProcess whether the question keeps the process alive.
 * @throws `RefusedQuestion`; `PosternUnreachableError` if there is no answer, or one that is not Postern's.
 */
export type Ask = (query: string, patience: number, holdsProcess: boolean) => Promise<Page>

/** Asks over one connection. `fetch` would keep the process alive for as long as it waits. */
export function createQuestions({ url, authorization }: FeedAddress): Ask & { close(): void } {
  const isSecure = url.protocol === 'https:'
  const agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const get = isSecure ? httpsGet : httpGet
  const closing = new AbortController()

  async function ask(query: string, patience: number, holdsProcess: boolean): Promise<Page> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(patience)])
    const options: RequestOptions = { agent, signal, headers: { authorization, accept: 'application/json' } }
    const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const request = get(`${url.href}${query}`, options, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
        response.on('error', reject)
      })
      request.on('socket', (socket) => (holdsProcess ? socket.ref() : socket.unref()))
      request.on('error', reject)
    }).catch((cause: unknown) => {
      throw new PosternUnreachableError(url, 'The feed of revocations cannot be reached.', { cause })
    })
    if (status !== 200) throw new RefusedQuestion(url, status)
    return requirePage(url, text)
  }

  return Object.assign(ask, {
    close() {
      closing.abort()
      agent.destroy()
    }
  })
}

/** An answer with another status than 200. */
export class RefusedQuestion extends PosternUnreachableError {
  constructor(
    url: URL,
    readonly status: number
  ) {
    super(url, `The feed of revocations answers with the status ${status}.`)
  }
}

/** @throws `PosternUnreachableError` for anything else than Postern's answer. */
function requirePage(url: URL, text: string): Page {
  const { cursor, entries } = parse(text)
  if (typeof cursor === 'string' && Array.isArray(entries)) return { cursor, entries }
  throw new PosternUnreachableError(url, "The answer in the place of the feed's is none.")
}

function parse(text: string): { cursor?: unknown; entries?: unknown } {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
