import fp from 'fastify-plugin'
import { decideReturnTo } from '../../src/browser/return-to.js'
import { publicUrl } from '../../src/http/public-url.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** As of `decideReturnTo`. */
    decideReturnTo(given: string | undefined): string | undefined
    /** The origin to which such a URL leads, unless it is ours. */
    formTargetOf(returnTo: string | undefined): string | undefined
  }
}

export default fp(
  async (app) => {
    const { origin } = app.publicSite
    const places = { publicUrl: publicUrl(app.service), sites: app.service.sites }

    app.decorate('decideReturnTo', (given) => decideReturnTo(given, places))
    app.decorate('formTargetOf', (returnTo = origin) => {
      const target = new URL(returnTo).origin
      return target === origin ? undefined : target
    })
  },
  { name: 'return-to', dependencies: ['public-site'] }
)
