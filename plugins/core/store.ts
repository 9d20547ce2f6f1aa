import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { storeSettings } from '../../src/config/store-settings.js'
import type { KeyStorage } from '../../src/keys/key-storage.js'
import { createOutage, type Outage } from '../../src/monitoring/outage.js'
import type { FailureCounts } from '../../src/store/failure-counts.js'
import { openStore } from '../../src/store/open-store.js'
import type { PendingSignIns } from '../../src/store/pending-sign-ins.js'
import type { Store } from '../../src/store/store.js'

declare module 'fastify' {
  interface FastifyInstance {
    store: Store
    keyStorage: KeyStorage
    failureCounts: FailureCounts
    pendingSignIns: PendingSignIns
    /** Whether this start has made the data folder. */
    isNewStore: boolean
    /** Whether the data folder or the database was made by a release before 0.6.0. */
    isStoreFromEarlierRelease: boolean
    /** Since when changes cannot be stored. */
    outage: Outage
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const outage = createOutage()
    const { close, isNew, isFromEarlierRelease, ...opened } = await openStore(
      await storeSettings(app.config),
      {
        clock,
        accessTokenTtl: app.config.POSTERN_ACCESS_TOKEN_TTL,
        flushed(changes, seconds) {
          app.metrics?.countFlush(changes, seconds)
          const failures = outage.end()
          if (failures > 0) app.log.warn({ failures }, 'changes are stored again')
        },
        warn: (err, message) => app.log.warn(err === undefined ? {} : { err }, message),
        lost: (err, message) => app.log.error({ err }, message)
      }
    )
    app.decorate('store', opened.store)
    app.decorate('keyStorage', opened.keyStorage)
    app.decorate('failureCounts', opened.failureCounts)
    app.decorate('pendingSignIns', opened.pendingSignIns)
    app.decorate('isNewStore', isNew)
    app.decorate('isStoreFromEarlierRelease', isFromEarlierRelease)
    app.decorate('outage', outage)
    app.addHook('onClose', close)
  },
  { name: 'store', dependencies: ['config', 'metrics'] }
)
