import { type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import { pathOf } from './request-target.js'

// Fastify would raise the level of the request's logger, but ours is one for all.
const quiet = 'warn'

const argumentNames = new Set(['user', 'pass', 'access_token', 'refresh_token'])

// Anything in a path that looks like a JWT: it came there by mistake, and works all the same.
const tokenInPath = /eyJ[\w-]*[\w.%-]*/g

/**
 * A URL as it may be logged: every value of the query string is removed, and every key that is no argument of Postern,
 * since a secret may stand in any of them by mistake.
 */
function withoutSecrets(url: string): string {
  const path = pathOf(url).replace(tokenInPath, '[removed]')
  // The router takes a fragment for a query, although no client should send one.
  const query = /[?#](.*)$/s.exec(url)?.[1]
  return query === undefined ? path : `${path}?${query.split('&').map(withoutValue).join('&')}`
}

function withoutValue(pair: string): string {
  const [key = ''] = pair.split('=', 1)
  return argumentNames.has(key) ? `${key}=[removed]` : '[removed]'
}

/** What is logged of a request: no header, no body, no value of its query string. */
export function describeRequest({
  id,
  method,
  url,
  ip
}: Pick<FastifyRequest, 'id' | 'method' | 'url' | 'ip'>) {
  return { id, method, url: withoutSecrets(url), address: ip }
}

/**
 * One line a request, at level `info`, but for routes whose `logLevel` is `warn`, which are called every few seconds.
 * Fastify's own lines hold the whole URL.
 */
export class RequestLog extends LogController {
  override incomingRequest(): void {}

  override routeNotFound(): void {}

  // The error handler logs the cause of a 5xx; what a client did wrong shows in the status.
  override defaultErrorLog(): void {}

  override requestCompleted(
    _error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply
  ): void {
    if (this.isLogDisabled(request) || request.routeOptions.logLevel === quiet) return
    const milliseconds = Math.round(reply.elapsedTime * 10) / 10
    request.log.info({ req: request, status: reply.statusCode, ms: milliseconds }, 'request')
  }
}
