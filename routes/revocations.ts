import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { invalidArgument } from '../src/errors/refusals.js'
import { FeedQuestion } from '../src/http/schemas/arguments.js'

type FeedCall = FastifyRequest<{ Body: FeedQuestion }>

// In seconds.
const maxWait = 60

export default fp(revocationRoutes)

async function revocationRoutes(app: FastifyInstance) {
  const { auth, revocationFeed } = app
  app.get<{ Body: FeedQuestion }>(
    '/revocations',
    { config: { isLongPoll: true }, preValidation: auth.feedReader, schema: { body: FeedQuestion } },
    readRevocations
  )

  async function readRevocations(request: FeedCall, reply: FastifyReply) {
    const { cursor, wait = '0' } = request.body
    const body = await revocationFeed.read({ cursor, wait: toMilliseconds(wait) }, (leave) =>
      reply.raw.once('close', leave)
    )
    return reply.type('application/json; charset=utf-8').send(body)
  }
}

/** @throws `InvalidArgumentError`. */
function toMilliseconds(wait: string): number {
  const seconds = /^\d{1,2}(?:\.\d{1,3})?$/.test(wait) ? Number(wait) : Number.NaN
  if (!(seconds <= maxWait)) throw invalidArgument('wait', `takes seconds from 0 to ${maxWait}`)
  return seconds * 1000
}
