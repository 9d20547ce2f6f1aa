import fp from 'fastify-plugin'
import { createUserAdministration, type UserAdministration } from '../../src/admin/user-administration.js'
import type { AppOptions } from '../../src/app-options.js'
import { longestTtl } from '../../src/config/config.js'
import { linkUrl } from '../../src/http/public-url.js'

declare module 'fastify' {
  interface FastifyInstance {
    userAdministration: UserAdministration
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    app.decorate(
      'userAdministration',
      createUserAdministration({
        store: app.store,
        passwords: app.passwords,
        tokens: app.tokens,
        sessionList: app.sessionList,
        audit: app.audit,
        clock,
        decideName: app.decideName,
        longestTtl: longestTtl(app.config),
        linkUrl: (token) => linkUrl(app, token)
      })
    )
  },
  {
    name: 'user-administration',
    dependencies: ['config', 'store', 'passwords', 'tokens', 'session-list', 'audit', 'name-decision']
  }
)
