import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { type Backups, createBackups } from '../../src/backup/backups.js'
import type { User } from '../../src/store/store.js'

declare module 'fastify' {
  interface FastifyInstance {
    backups: Backups
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { store, keyStorage, audit } = app

    async function loadOpening() {
      const { withOpenSecrets } = await import('../../src/second-factor/kept-secrets.js')
      const seal = await app.loadSeal()
      return (user: User) => withOpenSecrets(user, seal)
    }

    app.decorate('backups', createBackups({ store, keyStorage, audit, clock, loadOpening }))
  },
  { name: 'backups', dependencies: ['store', 'secret-seal', 'audit'] }
)
