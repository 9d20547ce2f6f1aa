import fp from 'fastify-plugin'
import { type Audit, createAudit, isSuspicious, sentenceOf } from '../../src/audit/audit.js'

declare module 'fastify' {
  interface FastifyInstance {
    audit: Audit
  }
}

export default fp(
  async (app) => {
    const audit = createAudit()
    // The address comes first: text that a client can choose must not stand before it, or it could pass for another address.
    audit.subscribe(({ event, address, ...details }) => {
      app.log[isSuspicious(event) ? 'warn' : 'info']({ audit: event, address, ...details }, sentenceOf(event))
    })
    app.decorate('audit', audit)
  },
  { name: 'audit' }
)
