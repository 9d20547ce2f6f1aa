import fp from 'fastify-plugin'
import { decideReturnTo } from '../../src/browser/return-to.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Where a `return_to` leads, as a whole URL; undefined for one that is not to be followed. */
    judgeReturnTo(text: string | undefined): string | undefined
    /** The origin of such a URL, unless it is ours. */
    formTargetOf(returnTo: string | undefined): string | undefined
  }
}

export default fp(
  async (app) => {
    const { origin, base } = app.publicSite
    const places = { publicUrl: `${origin}${base}`, sites: app.service.sites }

    app.decorate('judgeReturnTo', (text) => decideReturnTo(text, places))
    app.decorate('formTargetOf', (returnTo = origin) => {
      const target = new URL(returnTo).origin
      return target === origin ? undefined : target
    })
  },
  { name: 'return-to', dependencies: ['public-site'] }
)
