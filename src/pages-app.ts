import Fastify, { type FastifyInstance } from 'fastify'
import type { AppOptions } from './app-options.js'
import { registerPages } from './autoload-pages.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The service that the pages are a view of; only on the instance of the pages. */
    service: FastifyInstance
  }
}

/**
 * The pages for people: a Fastify instance on the parts of the service, which listens nowhere, and gets its requests from the service. It
 * is made at the first request for a page, and costs nothing before.
 */
export async function createPagesApp(
  service: FastifyInstance,
  options: AppOptions
): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: 64 * 1024,
    trustProxy: service.config.POSTERN_TRUST_PROXY,
    return503OnClosing: false,
    routerOptions: { querystringParser: (text) => Object.fromEntries(new URLSearchParams(text)) }
  })
  app.log = service.log
  app.decorate('service', service)
  app.decorate('outage', service.outage)
  registerPages(app, options)
  try {
    await app.ready()
    return app
  } catch (error) {
    await app.close()
    throw error
  }
}
