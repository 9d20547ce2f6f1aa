/** A call that Postern has refused. */
export class PosternCallError extends Error {
  override readonly name = 'PosternCallError'
  /** `error_name` of the reply, or the `error` of an OAuth endpoint, such as `invalid_grant`; else `HTTP 502`, say. */
  readonly code: string
  /** The status of the reply. */
  readonly status: number
  /** The seconds to wait before the next try, if the reply has them. */
  readonly retryAfter: number | undefined

  constructor(code: string, message: string, { status, headers }: Pick<Response, 'status' | 'headers'>) {
    super(message)
    this.code = code
    this.status = status
    this.retryAfter = Number(headers.get('retry-after')) || undefined
  }
}
