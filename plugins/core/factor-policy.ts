import fp from 'fastify-plugin'
import { createFactorPolicy, type FactorPolicy } from '../../src/second-factor/factor-policy.js'

declare module 'fastify' {
  interface FastifyInstance {
    requiresFactor: FactorPolicy
  }
}

export default fp(
  async (app) => {
    const { POSTERN_SECOND_FACTOR: policy, POSTERN_SECOND_FACTOR_GROUPS: groups } = app.config
    app.decorate('requiresFactor', createFactorPolicy({ isRequired: policy === 'required', groups }))
  },
  { name: 'factor-policy', dependencies: ['config'] }
)
