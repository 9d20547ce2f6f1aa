import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { type Backups, createBackups } from '../../src/backup/backups.js'

declare module 'fastify' {
  interface FastifyInstance {
    backups: Backups
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { store, keyStorage, audit } = app
    app.decorate('backups', createBackups({ store, keyStorage, audit, clock }))
  },
  { name: 'backups', dependencies: ['store', 'audit'] }
)
