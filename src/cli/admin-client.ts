import { buffer } from 'node:stream/consumers'
import { type exitCodes, StartupError } from '../errors/startup-error.js'
import { visibleText } from '../visible-text.js'
import type { Answer, SentCall, Transport, TransportOpener } from './transport.js'

/** The members of a JSON object. */
export type Members = Readonly<Record<string, unknown>>

/** The arguments of a call, and how to tell a 404. */
export interface CallOptions {
  /** Members that are undefined are left out. */
  query?: Readonly<Record<string, string | number | boolean | undefined>>
  body?: Members
  /** Instead: the text of a body, whose type the headers say. */
  text?: string
  headers?: Readonly<Record<string, string>>
  /** The message instead of that of a 404. */
  missing?: string
}

/** The answer to a call that succeeded. */
export interface Success {
  status: number
  headers: Readonly<Record<string, string>>
  /** Empty for an answer without one. */
  body: Members
}

/** The operator's calls of a service, wherever it is. */
export interface AdminClient {
  /** Where the data is: the path of a folder, or a URL. Undefined before the first call. */
  readonly where: string | undefined
  /**
   * Makes a call. The first one finds the service.
   *
   * @throws `RefusedCall`; and as `TransportOpener`.
   */
  call(method: string, path: string, options?: CallOptions): Promise<Success>
  /**
   * Makes a call whose answer may be long; gives its pieces, each as it is read.
   *
   * @throws as `call`; the pieces throw `StartupError` (not ready) for an answer that is cut off.
   */
  download(method: string, path: string, body?: Members): Promise<AsyncIterable<Uint8Array>>
  close(): Promise<void>
}

type Reason = keyof typeof exitCodes

/** A call that the service has refused, with its own sentence. */
export class RefusedCall extends StartupError {
  constructor(
    reason: Reason,
    message: string,
    /** As the service names it. */
    readonly errorName: string
  ) {
    super(reason, message)
  }
}

/** @param refusedAs the exit code of a call that is refused for its arguments. */
export function createAdminClient(open: TransportOpener, refusedAs: Reason): AdminClient {
  let transport: Transport | undefined

  return {
    get where() {
      return transport?.where
    },

    async call(method, path, { query = {}, body, text, headers = {}, missing } = {}) {
      transport ??= await open()
      const sent = sentCall(method, path + queryText(query), body, headers)
      const answer = await transport.send({ ...sent, ...(text !== undefined && { body: text }) })
      const members = parse(answer, transport)
      if (answer.status < 300) return { ...answer, body: members }
      throw refusal(answer.status, members, { refusedAs, missing, transport })
    },

    async download(method, path, body) {
      transport ??= await open()
      const answer = await transport.open(sentCall(method, path, body))
      if (answer.status < 300) return whole(answer.body, transport)
      const text = (await buffer(answer.body)).toString()
      const members = parse({ ...answer, body: text }, transport)
      throw refusal(answer.status, members, { refusedAs, missing: undefined, transport })
    },

    async close() {
      await transport?.close()
      transport = undefined
    }
  }
}

function sentCall(method: string, path: string, body?: Members, headers: SentCall['headers'] = {}): SentCall {
  if (body === undefined) return { method, path, headers }
  return {
    method,
    path,
    headers: { 'content-type': mediaType(method), ...headers },
    body: JSON.stringify(body)
  }
}

async function* whole(pieces: AsyncIterable<Uint8Array>, { where }: Transport): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces
  } catch (cause) {
    throw new StartupError('notReady', `the answer of ${where} was cut off`, { cause })
  }
}

function queryText(query: NonNullable<CallOptions['query']>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  if (given.length === 0) return ''
  return `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`
}

// RFC 7396 §4.
function mediaType(method: string): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
}

function parse({ status, body }: Answer, { where }: Transport): Members {
  if (status === 204) return {}
  try {
    const value: unknown = JSON.parse(body)
    // Every refusal of Postern has a name.
    if (typeof value === 'object' && value !== null && (status < 300 || 'error_name' in value)) {
      return value as Members
    }
  } catch {}
  throw new StartupError('notReady', `what answers at ${where} is not Postern`)
}

interface RefusalContext {
  refusedAs: Reason
  missing: string | undefined
  transport: Transport
}

function refusal(
  status: number,
  body: Members,
  { refusedAs, missing, transport }: RefusalContext
): RefusedCall {
  const name = String(body.error_name)
  const refused = (reason: Reason, message: string) => new RefusedCall(reason, message, name)
  if (name === 'NotFoundError') {
    return refused('notReady', `${transport.where} has no such call: ${transport.withoutCalls}`)
  }
  if (status === 404 && missing !== undefined) return refused(refusedAs, missing)
  const message = visibleText(String(body.message))
  if (name === 'StoreUnavailableError') return refused('folderNotWritable', message)
  if (status === 401) return refused('wrongSetting', `${transport.where} refuses the key: ${message}`)
  if (status === 429 || status >= 500) return refused('notReady', message)
  return refused(refusedAs, message)
}
