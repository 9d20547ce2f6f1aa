import fp from 'fastify-plugin'
import {
  createOperatorAuthentication,
  type OperatorAuthentication
} from '../../src/admin/operator-authentication.js'
import type { AppOptions } from '../../src/app-options.js'
import { loadAdminKey } from '../../src/config/admin-key.js'

declare module 'fastify' {
  interface FastifyInstance {
    operatorAuthentication: OperatorAuthentication
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { apiKeys, tokenOwners, throttle } = app
    const adminKey = await loadAdminKey(app.config)
    app.decorate(
      'operatorAuthentication',
      createOperatorAuthentication({ adminKey, apiKeys, tokenOwners, throttle, clock })
    )
  },
  { name: 'operator-authentication', dependencies: ['config', 'api-keys', 'token-owners', 'throttle'] }
)
