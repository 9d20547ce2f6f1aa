import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
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

export default fp<AppOptions>(
  async (app, options) => {
    if (app.config.POSTERN_PAGES === 'off') {
      app.decorate('pages', null)
      return
    }
    let instance: ReturnType<typeof load> | undefined

    async function load() {
      const { createPagesApp } = await import('../../src/pages-app.js')
      return await createPagesApp(app, options)
    }

    app.decorate('pages', {
      addressOf: (path) => `${new URL(publicUrl(app)).pathname.replace(/\/$/, '')}${path}`,
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
  { name: 'pages', dependencies: ['config'] }
)
