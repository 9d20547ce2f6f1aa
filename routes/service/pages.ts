import type { FastifyInstance, HTTPMethods } from 'fastify'
import fp from 'fastify-plugin'

// A pattern for each beginning, since each route holds up each start. The pages themselves are in routes/pages.
const everywhere = [
  '/sign-in',
  '/sign-in/*',
  '/sign-up',
  '/sign-out',
  '/account',
  '/account/*',
  '/pages/*',
  '/.well-known/change-password'
]
const ofOperator = ['/admin', '/admin/pages', '/admin/pages/*']

export default fp(pagesRoutes)

async function pagesRoutes(app: FastifyInstance) {
  if (app.pages === null) return
  const { handOver } = app.pages
  const patterns = app.config.POSTERN_ADMIN === 'http' ? [...everywhere, ...ofOperator] : everywhere
  for (const url of patterns) route(['GET', 'HEAD', 'POST'], url)
  // A POST may be a call.
  route(['GET', 'HEAD'], '/link/:token')
  // On the hosts of the sites.
  if (app.sites !== null) route(['GET'], '/.postern/callback')

  function route(method: HTTPMethods[], url: string) {
    // Before the body is read, which is for the pages to read.
    app.route({ method, url, config: { isPage: true }, onRequest: handOver, handler: () => {} })
  }
}
