import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { MissingArgument, Refusal, type RefusalName, toErrorBody } from '../errors/refusals.js'
import { challenge } from './challenge.js'
import { explainMissing } from './missing-arguments.js'
import { afterAnswers } from './pending-responses.js'

const byStatus: Record<number, RefusalName> = {
  400: 'MalformedRequestError',
  404: 'NotFoundError',
  408: 'RequestTimeoutError',
  413: 'PayloadTooLargeError',
  // The router's, for a part of a path that is longer than anything there is.
  414: 'NotFoundError',
  415: 'UnsupportedMediaTypeError',
  431: 'HeadersTooLargeError'
}

const byParserCode: Record<string, RefusalName> = {
  HPE_HEADER_OVERFLOW: 'HeadersTooLargeError',
  ERR_HTTP_REQUEST_TIMEOUT: 'RequestTimeoutError'
}

// While a disk is full or gone, each change and each check fails: a stack for each would fill the disk of the log, too.
const outageNames = new Set<string>(['StoreUnavailableError', 'NotReadyError'])

/** The form of error replies: the refusal and its body. */
export interface ReplyForm {
  /** The advice for a body that looks like JSON and came as a form. */
  jsonHint?: string
  adapt?: (refusal: Refusal) => Refusal
  toBody?: (refusal: Refusal) => object | string
}

/**
 * Answers with an error: with ours as it is, with one of the framework by its status, and with any other as a 500 that
 * says nothing of its cause. The cause of a 5xx is logged.
 *
 * @param form what is different for a family of routes.
 */
export function replyWithError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  {
    jsonHint = 'send Content-Type: application/json',
    adapt = (refusal) => refusal,
    toBody = toErrorBody
  }: ReplyForm = {}
): FastifyReply {
  const plain = toServiceError(error)
  const original = plain instanceof MissingArgument ? explainMissing(plain, request, jsonHint) : plain
  // A refusal without a cause, such as of a full queue, says all there is; a stack for each would add to the load.
  const isUnexplained = original.statusCode >= 500 && (error !== original || original.cause !== undefined)
  if (isUnexplained && (!outageNames.has(original.name) || request.server.outage.begin(original))) {
    request.server.log.error({ err: error, req: request }, 'the request failed')
  }
  const refusal = adapt(original)
  // Also where no hook has run: for a URL that the router cannot read.
  reply.headers(request.server.replyHeaders)
  const authenticate = challenge(refusal)
  if (authenticate !== undefined) reply.header('www-authenticate', authenticate)
  return reply.code(refusal.statusCode).headers(refusal.headers).send(toBody(refusal))
}

/**
 * Answers what the HTTP parser could not read, as far as the socket still takes an answer, and closes it. Requests that
 * came before it, whole, get their answers first.
 */
export function refuseUnparsable(
  this: FastifyInstance,
  error: Error & { code?: string },
  socket: Socket
): void {
  if (error.code === 'ECONNRESET') return
  const refusal = new Refusal(byParserCode[error.code ?? ''] ?? 'MalformedRequestError')
  const body = JSON.stringify(toErrorBody(refusal))
  const headers = Object.entries(this.replyHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
  afterAnswers(socket, () => {
    if (socket.writable) {
      socket.write(
        `HTTP/1.1 ${refusal.statusCode} ${STATUS_CODES[refusal.statusCode]}\r\n` +
          `content-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
          `${headers.join('')}connection: close\r\n\r\n${body}`
      )
    }
    socket.destroySoon()
  })
}

function toServiceError(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const { statusCode = 500 } = Object(error) as { statusCode?: number }
  return new Refusal(byStatus[statusCode] ?? 'InternalServerError')
}
