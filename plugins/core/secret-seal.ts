import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { ServiceOptions } from '../../src/app-options.js'
import { loadStorageKeys } from '../../src/config/storage-keys.js'
import type { SecretSeal } from '../../src/second-factor/secret-seal.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The form in which second factors are kept, which is loaded with the first one. */
    loadSeal(): Promise<SecretSeal>
  }
}

export default fp<ServiceOptions>(
  async (app, { isOffline = false }) => {
    const keys = await loadStorageKeys(app.config)
    let seal: Promise<SecretSeal> | undefined

    async function load(): Promise<SecretSeal> {
      const { createSecretSeal } = await import('../../src/second-factor/secret-seal.js')
      return createSecretSeal(keys)
    }

    app.decorate('loadSeal', () => {
      seal ??= load()
      return seal
    })
    // A command that opens the folder does only what it is for.
    if (isOffline) return
    let renewal: Promise<void> | undefined
    app.addHook('onReady', async () => {
      const renew = await checkSeals(app)
      // Not awaited: it writes for each of them.
      renewal = renew?.()
    })
    app.addHook('onClose', () => renewal)
  },
  { name: 'secret-seal', dependencies: ['config', 'store'] }
)

/** Stops the start for a key that does not open what is kept. Gives a function that encrypts all that the first key has not. */
async function checkSeals(app: FastifyInstance): Promise<(() => Promise<void>) | undefined> {
  const users = await app.store.findUsersWithFactor()
  if (users.length === 0) return undefined
  const { renewSeals, requireUsableSeal } = await import('../../src/second-factor/kept-secrets.js')
  const seal = await app.loadSeal()
  requireUsableSeal(users, seal)
  return async () => {
    try {
      const accounts = await renewSeals(app.store, users, seal)
      if (accounts > 0) app.log.info({ accounts }, 'second factors were encrypted under POSTERN_STORAGE_KEY')
    } catch (err) {
      app.log.warn({ err }, 'not all second factors could be encrypted under POSTERN_STORAGE_KEY')
    }
  }
}
