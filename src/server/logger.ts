import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { pino } from 'pino'
import type { Config } from '../config/config.js'
import { describeRequest } from '../http/request-log.js'
import { createLogStream, type LogOutput, type LogStream } from './log-stream.js'

/** The logger of the service: one JSON line for each entry, of this level and above. */
export function createLogger(
  level: Config['POSTERN_LOG_LEVEL'],
  stream: LogStream,
  req: (request: FastifyRequest) => object = describeRequest
): FastifyBaseLogger {
  return pino({ level, serializers: { req } }, stream)
}

/** The logger of a process on one of its outputs, with readable lines where the settings, or a terminal, ask for them. */
export async function openLog(
  { POSTERN_LOG_FORMAT: format, POSTERN_LOG_LEVEL: level }: Config,
  output: LogOutput
): Promise<FastifyBaseLogger> {
  const isReadable = format === 'pretty' || (format === 'auto' && output.isTTY)
  if (!isReadable) return createLogger(level, createLogStream(output))
  const { createLineFormat, describeRequestOfUser } = await import('./readable-log.js')
  const hasColours = output.isTTY && output.hasColors()
  return createLogger(level, createLogStream(output, createLineFormat(hasColours)), describeRequestOfUser)
}
