import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { type Assertions, createAssertions } from '../../src/tokens/assertions.js'

declare module 'fastify' {
  interface FastifyInstance {
    assertions: Assertions
  }
}

export default fp<AppOptions>(
  async (app, { clock, fixture }) => {
    const { POSTERN_ISSUER: issuer } = app.config
    const isFixture = fixture !== undefined
    app.decorate('assertions', createAssertions({ keys: app.keys, clock, issuer, isFixture }))
  },
  { name: 'assertions', dependencies: ['config', 'keys'] }
)
