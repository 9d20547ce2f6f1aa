/** A call as it is sent. */
export interface SentCall {
  method: string
  /** With the query. */
  path: string
  headers: Readonly<Record<string, string>>
  body?: string
}

/** An answer as it comes. */
export interface Answer {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}

/** An answer whose body comes in pieces, each as it is read. */
export interface StreamedAnswer extends Omit<Answer, 'body'> {
  body: AsyncIterable<Uint8Array>
}

/** A way to the operator's calls of one service. */
export interface Transport {
  /** For people: the path of a data folder, or a URL. */
  readonly where: string
  /** The reason why there are no such calls, and what to do. */
  readonly withoutCalls: string
  /** @throws `StartupError` (not ready) where no answer comes. */
  send(call: SentCall): Promise<Answer>
  /** As `send`, for an answer that may be long, and take any time. @throws as `send`; its body, the errors of the connection. */
  open(call: SentCall): Promise<StreamedAnswer>
  close(): Promise<void>
}

/**
 * Finds the service.
 *
 * @throws `StartupError` (wrong setting; not ready where it cannot be reached; and all for which it would not start).
 */
export type TransportOpener = () => Promise<Transport>
