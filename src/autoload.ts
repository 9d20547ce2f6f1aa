import { join } from 'node:path'
import autoload from '@fastify/autoload'
import type { FastifyInstance } from 'fastify'
import type { ServiceOptions } from './app-options.js'

const folder = (name: string) => join(import.meta.dirname, '..', name)

/**
 * Registers every file of `plugins`, each after its dependencies, and then every file of `routes`, which holds its full URLs
 * wherever it lies. The bundle has a list in the place of this module, written by `scripts/bundle/folder-list.ts`.
 */
export function registerFolders(app: FastifyInstance, options: ServiceOptions): void {
  app.register(autoload, { dir: folder('plugins'), options, dirNameRoutePrefix: false })
  app.register(autoload, { dir: folder('routes'), dirNameRoutePrefix: false })
}
