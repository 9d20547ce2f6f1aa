import { join } from 'node:path'
import fp from 'fastify-plugin'
import { Memory } from 'lowdb'
import type { AppOptions } from '../src/app.js'
import { openDocumentStore } from '../src/store/document-store.js'
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
    const adapter =
      app.dataFolder === null
        ? new Memory<StoreDocument>()
        : new JsonFile(join(app.dataFolder.path, 'users.json'), storeFormat)
    const store = await openDocumentStore(adapter, clock)
    app.decorate('store', store)
    app.addHook('onClose', () => store.close())
  },
  { name: 'store', dependencies: ['data-folder'] }
)
