import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { type Config, longestTtl } from '../../src/config/config.js'
import { loadGivenKey } from '../../src/config/given-key.js'
import { createKeyRing, type KeyRing } from '../../src/keys/key-ring.js'
import { createFixedSource, type KeySourceOptions, openKeySource } from '../../src/keys/key-source.js'
import type { SigningKey } from '../../src/keys/signing-key.js'

declare module 'fastify' {
  interface FastifyInstance {
    keys: KeyRing
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
    const untold = new Set<string>()
    keys.subscribe((given, retired) => {
      source.replace(given)
      for (const kid of retired) untold.add(kid)
      void tellRetired()
    })

    // Verifiers elsewhere have the key for minutes. After a failure it is told with the next look at the keys.
    async function tellRetired(): Promise<void> {
      try {
        for (const kid of untold) {
          await app.store.revokeKey(kid)
          untold.delete(kid)
        }
      } catch (err) {
        app.log.error({ err }, 'the end of a signing key could not be stored: verifiers are told later')
      }
    }

    function reportFirst({ kid, algorithm }: SigningKey): void {
      // In memory each start makes one.
      if (app.config.POSTERN_STORE === 'memory') return
      app.log.warn({ kid }, `a signing key for ${algorithm} was made: there was none`)
    }

    let refreshing: Promise<void> | undefined
    const timer = setInterval(() => {
      refreshing ??= refresh().finally(() => {
        refreshing = undefined
      })
    }, interval)
    timer.unref()
    app.addHook('onClose', async () => {
      clearInterval(timer)
      await refreshing
    })

    async function refresh(): Promise<void> {
      if (untold.size > 0) await tellRetired()
      try {
        const changed = await source.refresh()
        if (changed === undefined) return
        keys.replace(changed)
        app.log.info({ kids: changed.map(({ key }) => key.kid) }, 'the keys have changed')
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
