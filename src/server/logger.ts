import type { FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import type { Config } from '../config/config.js'
import { describeRequest } from '../http/request-log.js'
import type { LogStream } from './log-stream.js'

/** The logger of the service: one JSON line for each entry, of this level and above. */
export function createLogger(level: Config['POSTERN_LOG_LEVEL'], stream: LogStream): FastifyBaseLogger {
  return pino({ level, serializers: { req: describeRequest } }, stream)
}
