import fp from 'fastify-plugin'
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
    app.decorate('dataFolder', folder)
    app.addHook('onClose', async () => folder?.release())
  },
  { name: 'data-folder', dependencies: ['config'] }
)
