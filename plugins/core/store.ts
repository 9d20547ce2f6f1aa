import fp from 'fastify-plugin'
import { Memory } from 'lowdb'
import type { AppOptions } from '../../src/app-options.js'
// biome-ignore lint/style/noRestrictedImports: until src/store/open-store.ts decides where things are kept
import type { DataFolder } from '../../src/store/file/data-folder.js'
// biome-ignore lint/style/noRestrictedImports: until src/store/open-store.ts decides where things are kept
import { folderStorage, type Storage } from '../../src/store/file/folder-storage.js'
// biome-ignore lint/style/noRestrictedImports: until src/store/open-store.ts decides where things are kept
import { openJournaledStore } from '../../src/store/file/journaled-store.js'
// biome-ignore lint/style/noRestrictedImports: until src/store/open-store.ts decides where things are kept
import type { StoreDocument } from '../../src/store/file/store-document.js'
import type { Store } from '../../src/store/store.js'

declare module 'fastify' {
  interface FastifyInstance {
    store: Store
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const store = await openJournaledStore({
      ...storageOf(app.dataFolder),
      clock,
      flushed: (changes, seconds) => app.metrics?.countFlush(changes, seconds),
      warn: (err, message) => app.log.warn({ err }, message)
    })
    app.decorate('store', store)
    app.addHook('onClose', () => store.close())
  },
  { name: 'store', dependencies: ['data-folder', 'metrics'] }
)

function storageOf(folder: DataFolder | null): Storage {
  return folder === null ? { snapshot: new Memory<StoreDocument>() } : folderStorage(folder.path)
}
