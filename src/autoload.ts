import { basename, dirname, join } from 'node:path'
import autoload from '@fastify/autoload'
import type { FastifyInstance } from 'fastify'
import type { ServiceOptions } from './app-options.js'

const folder = (name: string) => join(import.meta.dirname, '..', name)

// They are of another instance; see `autoload-pages.ts`.
const ofPages = 'pages'

/**
 * Registers every file of `plugins`, each after its dependencies, and then every file of `routes`, which holds its full URLs
 * wherever it lies. The bundle has a list in the place of this module, written by `scripts/bundle/folder-list.ts`.
 *
 * @param leftOut the names of folders within both that this service does without.
 */
export function registerFolders(
  app: FastifyInstance,
  options: ServiceOptions,
  leftOut: readonly string[]
): void {
  const ignoreFilter = (path: string) => [ofPages, ...leftOut].includes(basename(dirname(path)))
  app.register(autoload, { dir: folder('plugins'), options, dirNameRoutePrefix: false, ignoreFilter })
  app.register(autoload, { dir: folder('routes'), dirNameRoutePrefix: false, ignoreFilter })
}
