import fp from 'fastify-plugin'
import { createSecondFactors, type SecondFactors } from '../../src/accounts/second-factors.js'
import type { AppOptions } from '../../src/app-options.js'
import { publicUrl } from '../../src/http/public-url.js'

declare module 'fastify' {
  interface FastifyInstance {
    secondFactors: SecondFactors
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { store, tokenOwners, factorStep, signIn, requiresFactor, loadSeal, audit } = app
    app.decorate(
      'secondFactors',
      createSecondFactors({
        store,
        tokenOwners,
        proveFactor: factorStep.prove,
        judgeCode: factorStep.judge,
        requireSetUp: signIn.requireSetUp,
        waitingSetUp: signIn.waitingSetUp,
        requiresFactor,
        loadSeal,
        audit,
        clock,
        issuer: () => new URL(publicUrl(app)).host
      })
    )
  },
  {
    name: 'second-factors',
    dependencies: [
      'config',
      'store',
      'token-owners',
      'factor-step',
      'sign-in',
      'factor-policy',
      'secret-seal',
      'audit'
    ]
  }
)
