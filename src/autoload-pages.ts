import { join } from 'node:path'
import autoload from '@fastify/autoload'
import type { FastifyInstance } from 'fastify'
import type { AppOptions } from './app-options.js'

const folder = (name: string) => join(import.meta.dirname, '..', name, 'pages')

/**
 * Registers every file of `plugins/pages`, each after its dependencies, and then every file of `routes/pages`. The bundle has a list in
 * the place of this module, as of `autoload.ts`.
 */
export function registerPages(app: FastifyInstance, options: AppOptions): void {
  app.register(autoload, { dir: folder('plugins'), options, dirNameRoutePrefix: false })
  app.register(autoload, { dir: folder('routes'), dirNameRoutePrefix: false })
}
