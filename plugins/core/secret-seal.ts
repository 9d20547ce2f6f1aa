import fp from 'fastify-plugin'
import type { SecretSeal } from '../../src/second-factor/secret-seal.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The encryption of second factors, which is loaded with the first one. */
    loadSeal(): Promise<SecretSeal>
  }
}

export default fp(
  async (app) => {
    let seal: Promise<SecretSeal> | undefined
    async function load(): Promise<SecretSeal> {
      const { createSecretSeal } = await import('../../src/second-factor/secret-seal.js')
      return createSecretSeal([])
    }
    app.decorate('loadSeal', () => {
      seal ??= load()
      return seal
    })
  },
  { name: 'secret-seal', dependencies: ['config'] }
)
