import fp from 'fastify-plugin'
import type { ServiceOptions } from '../../src/app-options.js'
import type { SitesFile } from '../../src/browser/sites-file.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The sites behind the proxies. Null without a file of them. */
    sites: SitesFile | null
  }
}

export default fp<ServiceOptions>(
  async (app, { isOffline = false }) => {
    const { POSTERN_SITES_FILE: path, POSTERN_TRUST_PROXY: trusted } = app.config
    app.decorate('sites', path === undefined || isOffline ? null : await open(path))
    if (app.sites !== null && trusted === false) {
      app.log.warn(
        'POSTERN_SITES_FILE without POSTERN_TRUST_PROXY: no proxy is believed which site it asks for, and cookies are refused'
      )
    }
  },
  { name: 'sites', dependencies: ['config'] }
)

// A service without sites loads nothing of them.
async function open(path: string): Promise<SitesFile> {
  const { openSitesFile } = await import('../../src/browser/sites-file.js')
  return await openSitesFile(path)
}
