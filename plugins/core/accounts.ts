import fp from 'fastify-plugin'
import { type Accounts, createAccounts } from '../../src/accounts/accounts.js'
import type { AppOptions } from '../../src/app-options.js'

declare module 'fastify' {
  interface FastifyInstance {
    accounts: Accounts
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    app.decorate(
      'accounts',
      createAccounts({
        store: app.store,
        tokenOwners: app.tokenOwners,
        passwords: app.passwords,
        tokens: app.tokens,
        verifyPassword: app.signIn.verifyPassword,
        admitSignUp: app.throttle.admitSignUp,
        audit: app.audit,
        clock,
        registrationOpen: app.config.POSTERN_REGISTRATION === 'open',
        currentPasswordRequired: app.config.POSTERN_CONFIRM_PASSWORD === 'on'
      })
    )
  },
  {
    name: 'accounts',
    dependencies: ['config', 'store', 'token-owners', 'passwords', 'tokens', 'throttle', 'sign-in', 'audit']
  }
)
