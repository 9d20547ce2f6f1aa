import { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'

// An hour, in milliseconds. A client that is gone, or stopped, must not hold the records of its backup in memory for ever.
const patience = 3_600_000

/** Lets nothing move for an hour on the connection of this request, until its answer has ended; elsewhere it is 10 seconds. */
export function liftTimeLimit({ raw }: FastifyRequest): void {
  if (raw.socket instanceof Socket) raw.setTimeout(patience)
}
