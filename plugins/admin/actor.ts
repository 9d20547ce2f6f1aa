import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Actor } from '../../src/admin/authorization.js'
import { Refusal } from '../../src/errors/refusals.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls what the operator may, once it is known; null for any other call. */
    actor: Actor | null
    /** The same in the handler of such a call. @throws `AuthenticationRequiredError` elsewhere. */
    readonly requiredActor: Actor
  }
}

/** The calls have their actor, and so have the operator's pages. */
export default fp(
  async (app) => {
    app.decorateRequest('actor', null)
    app.decorateRequest('requiredActor', {
      getter(this: FastifyRequest) {
        if (this.actor === null) throw new Refusal('AuthenticationRequiredError')
        return this.actor
      }
    })
  },
  { name: 'actor' }
)
