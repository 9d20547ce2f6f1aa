import { join } from 'node:path'
import autoload from '@fastify/autoload'
import type { FastifyInstance } from 'fastify'
import type { AppOptions } from './app-options.js'

/**
 * Registers every file of `plugins`, each after the ones that it depends on, and then every file of `routes`, which holds its
 * full URLs wherever it lies. The bundle has a list in the place of this module, written by `scripts/bundle/folder-list.ts`.
 */
export function registerFolders(app: FastifyInstance, options: AppOptions): void {
  const folder = (name: string) => join(import.meta.dirname, '..', name)
  app.register(autoload, { dir: folder('plugins'), options, dirNameRoutePrefix: false })
  app.register(autoload, { dir: folder('routes'), dirNameRoutePrefix: false })
}
