import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { createTokens, type Tokens } from '../../src/tokens/tokens.js'

declare module 'fastify' {
  interface FastifyInstance {
    tokens: Tokens
  }
}

export default fp<AppOptions>(
  async (app, { clock, fixture }) => {
    app.decorate(
      'tokens',
      createTokens({
        keys: app.keys,
        keyFreshness: app.keyFreshness,
        clock,
        accessTtl: app.config.POSTERN_ACCESS_TOKEN_TTL,
        issuer: app.config.POSTERN_ISSUER,
        audience: app.config.POSTERN_AUDIENCE,
        isFixture: fixture !== undefined
      })
    )
  },
  { name: 'tokens', dependencies: ['config', 'keys'] }
)
