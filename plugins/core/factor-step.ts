import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { createCodeLimits, maxCodeFailures } from '../../src/sign-in/code-limits.js'
import { createFactorStep, type FactorStep } from '../../src/sign-in/factor-step.js'

declare module 'fastify' {
  interface FastifyInstance {
    factorStep: FactorStep
  }
}

export default fp<AppOptions>(
  async (app, { clock, fixture }) => {
    const { store, throttle, loadSeal, audit, failureCounts } = app
    // A fixture throttles nobody unless it is asked to.
    const isOff = fixture !== undefined && app.config.POSTERN_LOGIN_MAX_FAILURES === 0
    const codeLimits = createCodeLimits(isOff ? 0 : maxCodeFailures, failureCounts)
    app.decorate('factorStep', createFactorStep({ store, throttle, codeLimits, loadSeal, audit, clock }))
  },
  { name: 'factor-step', dependencies: ['config', 'store', 'throttle', 'secret-seal', 'audit'] }
)
