import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { type Config, longestTtl } from '../../src/config/config.js'
import { loadGivenKey } from '../../src/config/given-key.js'
import { createKeyFreshness, type KeyFreshness } from '../../src/keys/key-freshness.js'
import { startKeyRefresh } from '../../src/keys/key-refresh.js'
import { createKeyRing, type KeyRing, type ScheduledKey } from '../../src/keys/key-ring.js'
import { createFixedSource, type KeySourceOptions, openKeySource } from '../../src/keys/key-source.js'
import { createRetiredKeys } from '../../src/keys/retired-keys.js'
import type { SigningKey } from '../../src/keys/signing-key.js'

declare module 'fastify' {
  interface FastifyInstance {
    keys: KeyRing
    keyFreshness: KeyFreshness
  }
}

// How often to check whether a key is due, and whether another process has changed the keys, in milliseconds.
const interval = 1000

export default fp<AppOptions>(
  async (app, { clock }) => {
    const given = await loadGivenKey(app.config)
    const options = { ...sourceOptions(app.config), made: reportFirst }
    const source =
      given === undefined ? await openKeySource(options, app.keyStorage, clock) : createFixedSource(given)
    const keys = createKeyRing(source.keys, options.tokenTtl, clock)
    app.decorate('keys', keys)
    app.decorate('keyFreshness', createKeyFreshness({ source, ring: keys, adopt }))
    const retiredKeys = createRetiredKeys((kid) => app.store.revokeKey(kid))
    keys.subscribe((given, retired) => {
      source.replace(given)
      retiredKeys.add(retired)
      // After a failure, which is logged below, with the next look at the keys.
      retiredKeys.tell().catch(() => {})
    })

    function reportFirst({ kid, algorithm }: SigningKey): void {
      // In memory each start makes one.
      if (app.config.POSTERN_STORE === 'memory') return
      app.log.warn({ kid }, `a signing key for ${algorithm} was made: there was none`)
    }

    const refreshing = startKeyRefresh(refresh, interval)
    // Another instance that has retired a key tells it as it tells of revocations: its tokens end here at once.
    app.store.subscribeRevocations(refreshing.soon)
    app.addHook('onClose', refreshing.close)

    function adopt(changed: readonly ScheduledKey[]): void {
      keys.replace(changed)
      app.log.info({ kids: changed.map(({ key }) => key.kid) }, 'the keys have changed')
    }

    async function refresh(): Promise<void> {
      await retiredKeys.tell().catch((err: unknown) => {
        app.log.error({ err }, 'the end of a signing key could not be stored: verifiers are told later')
      })
      try {
        const changed = await source.refresh()
        if (changed !== undefined) adopt(changed)
      } catch (err) {
        app.log.error({ err }, 'the keys could not be read or renewed: those in use stay')
      }
    }
  },
  { name: 'keys', dependencies: ['config', 'store'] }
)

function sourceOptions(config: Config): KeySourceOptions {
  return {
    algorithm: config.POSTERN_ALGORITHM,
    publishAhead: config.POSTERN_KEY_PUBLISH_AHEAD,
    rotationPeriod: config.POSTERN_KEY_ROTATION_DAYS * 86_400,
    tokenTtl: longestTtl(config)
  }
}
