import { join } from 'node:path'
import fp from 'fastify-plugin'
import { Memory } from 'lowdb'
import type { AppOptions } from '../src/app.js'
import { openJournal } from '../src/store/journal.js'
import { openJournaledStore, type StoreOptions } from '../src/store/journaled-store.js'
import { JsonFile } from '../src/store/json-file.js'
import type { Store } from '../src/store/store.js'
import type { StoreDocument } from '../src/store/store-document.js'
import { storeFormat } from '../src/store/store-format.js'

declare module 'fastify' {
  interface FastifyInstance {
    store: Store
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const store = await openJournaledStore({
      ...storage(app.dataFolder?.path),
      clock,
      flushed: (changes, seconds) => app.metrics?.countFlush(changes, seconds),
      warn: (err, message) => app.log.warn({ err }, message)
    })
    app.decorate('store', store)
    app.addHook('onClose', () => store.close())
  },
  { name: 'store', dependencies: ['data-folder', 'metrics'] }
)

function storage(folder: string | undefined): Pick<StoreOptions, 'snapshot' | 'openJournal'> {
  if (folder === undefined) return { snapshot: new Memory<StoreDocument>() }
  return {
    snapshot: new JsonFile(join(folder, 'users.json'), storeFormat),
    openJournal: (seq, replay) => openJournal(folder, seq, replay)
  }
}
