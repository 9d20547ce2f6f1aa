import fp from 'fastify-plugin'
// biome-ignore lint/style/noRestrictedImports: until src/store/open-store.ts decides where things are kept
import { type DataFolder, openDataFolder } from '../../src/store/file/data-folder.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Null when nothing is kept on disk. */
    dataFolder: DataFolder | null
  }
}

export default fp(
  async (app) => {
    const { POSTERN_STORE, POSTERN_DATA_DIR } = app.config
    const folder = POSTERN_STORE === 'file' ? await openDataFolder(POSTERN_DATA_DIR) : null
    for (const warning of folder?.warnings ?? []) app.log.warn(warning)
    app.decorate('dataFolder', folder)
    app.addHook('onClose', async () => folder?.release())
  },
  { name: 'data-folder', dependencies: ['config'] }
)
