import fp from 'fastify-plugin'
import { createSigningKeys, type SigningKeys } from '../../src/admin/signing-keys.js'
import type { AppOptions } from '../../src/app-options.js'
import { longestTtl } from '../../src/config/config.js'
import { hasGivenKey } from '../../src/config/given-key.js'

declare module 'fastify' {
  interface FastifyInstance {
    signingKeys: SigningKeys
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { config, keyStorage, keys, audit } = app
    app.decorate(
      'signingKeys',
      createSigningKeys({
        keyStorage,
        keyRing: keys,
        isGiven: hasGivenKey(config),
        algorithm: config.POSTERN_ALGORITHM,
        publishAhead: config.POSTERN_KEY_PUBLISH_AHEAD,
        tokenTtl: longestTtl(config),
        audit,
        clock
      })
    )
  },
  { name: 'signing-keys', dependencies: ['config', 'store', 'keys', 'audit'] }
)
