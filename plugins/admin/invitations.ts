import fp from 'fastify-plugin'
import { createInvitations, type Invitations } from '../../src/admin/invitations.js'
import type { AppOptions } from '../../src/app-options.js'
import { linkUrl } from '../../src/http/public-url.js'

declare module 'fastify' {
  interface FastifyInstance {
    invitations: Invitations
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { store, tokens, audit } = app
    app.decorate(
      'invitations',
      createInvitations({ store, tokens, audit, clock, linkUrl: (token) => linkUrl(app, token) })
    )
  },
  { name: 'invitations', dependencies: ['config', 'store', 'tokens', 'audit'] }
)
