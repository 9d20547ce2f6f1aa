import fp from 'fastify-plugin'
import { createLinkUse, type LinkUse } from '../../src/admin/link-use.js'
import type { AppOptions } from '../../src/app-options.js'

declare module 'fastify' {
  interface FastifyInstance {
    links: LinkUse
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { store, passwords, audit, decideName } = app
    app.decorate('links', createLinkUse({ store, passwords, audit, clock, decideName }))
  },
  { name: 'link-use', dependencies: ['store', 'passwords', 'audit', 'name-decision'] }
)
