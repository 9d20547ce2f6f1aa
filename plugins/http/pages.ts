import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { ServiceOptions } from '../../src/app-options.js'
import { publicSite } from '../../src/browser/public-site.js'
import { publicUrl } from '../../src/http/public-url.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route is a page for people, and no call. */
    isPage?: boolean
  }
  interface FastifyInstance {
    /** Hands requests to the pages for people; null where there are none. */
    pages: Pages | null
  }
}

/** The pages for people. */
interface Pages {
  /** The address of a page, below the path of the public URL. */
  addressOf(path: string): string
  /** A hook that has the pages answer a request. They are made at the first one. */
  handOver(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>
}

export default fp<ServiceOptions>(
  async (app, options) => {
    const { POSTERN_PAGES: wished = app.isStoreFromEarlierRelease ? 'off' : 'on' } = app.config
    const { POSTERN_BRAND_LOGO_FILE: logo } = app.config
    const isServed = options.fixture === undefined && !options.isOffline
    if (isServed) tellOfPages(app, wished)
    if (wished === 'off') {
      app.decorate('pages', null)
      return
    }
    // The pages read it at the first request: a mistake is for the start to tell.
    if (logo !== undefined && isServed) await (await import('../../src/browser/brand.js')).readLogo(logo)
    let instance: ReturnType<typeof load> | undefined

    async function load() {
      const { createPagesApp } = await import('../../src/pages-app.js')
      return await createPagesApp(app, options)
    }

    app.decorate('pages', {
      addressOf: (path) => `${publicSite(publicUrl(app)).base}${path}`,
      async handOver(request, reply) {
        instance ??= load()
        const pages = await instance.catch((error: unknown) => {
          instance = undefined
          throw error
        })
        pages.routing(request.raw, reply.raw)
        return reply.hijack()
      }
    })
    app.addHook('onClose', async () => {
      await (await instance?.catch(() => undefined))?.close()
    })
  },
  { name: 'pages', dependencies: ['config', 'store'] }
)

function tellOfPages(app: FastifyInstance, wished: 'on' | 'off') {
  const url = publicUrl(app)
  if (wished === 'off' && app.config.POSTERN_PAGES === undefined) {
    app.log.info(
      'an earlier release made this store, so there are no pages for people: POSTERN_PAGES=on makes them'
    )
  }
  if (wished === 'on' && !publicSite(url).isProtected) {
    app.log.warn(
      `the pages for people are 403 at ${url}, where passwords would travel in the clear: set POSTERN_PUBLIC_URL to the https address of the service, or POSTERN_PAGES=off`
    )
  }
}
