import { readdirSync } from 'node:fs'
import { basename, dirname, join, parse } from 'node:path'
import type { Plugin } from 'esbuild'

interface PluginMetadata {
  name: string
  dependencies?: string[]
}

interface LoadedFile {
  path: string
  metadata?: PluginMetadata
}

/**
 * Has the bundle import every file of `plugins` and `routes` by its name, also those in folders within them, in the order of
 * their dependencies, where the unbundled build reads the folders when it starts.
 *
 * @param root the folder of package.json, built by tsc.
 */
export function folderList(root: string): Plugin {
  return {
    name: 'folder-list',
    setup(build) {
      const list = (contents: string) => ({ contents, loader: 'ts' as const, resolveDir: join(root, 'src') })
      const isOfPages = ({ path }: LoadedFile) => dirname(path).endsWith('/pages')
      build.onLoad({ filter: /[\\/]src[\\/]autoload\.ts$/ }, async () => {
        const files = async (folder: string) =>
          (await loadFiles(root, folder)).filter((file) => !isOfPages(file))
        return list(registration(byDependency(await files('plugins')), await files('routes')))
      })
      build.onLoad({ filter: /[\\/]src[\\/]autoload-pages\.ts$/ }, async () =>
        list(
          registrationOfPages(
            byDependency(await loadFiles(root, 'plugins/pages')),
            await loadFiles(root, 'routes/pages')
          )
        )
      )
    }
  }
}

function importsOf(files: LoadedFile[]): string[] {
  return files.map(({ path }, index) => `import file${index} from '../${path}.ts'`)
}

function registrationOfPages(plugins: LoadedFile[], routes: LoadedFile[]): string {
  const files = [...plugins, ...routes]
  return [
    ...importsOf(files),
    'export function registerPages(app, options) {',
    ...files.map((_, index) => `app.register(file${index}${index < plugins.length ? ', options' : ''})`),
    '}'
  ].join('\n')
}

function registration(plugins: LoadedFile[], routes: LoadedFile[]): string {
  const files = [...plugins, ...routes]
  return [
    ...importsOf(files),
    'export function registerFolders(app, options, leftOut) {',
    ...files.map(
      ({ path }, index) =>
        `if (!leftOut.includes('${basename(dirname(path))}')) app.register(file${index}${index < plugins.length ? ', options' : ''})`
    ),
    '}'
  ].join('\n')
}

async function loadFiles(root: string, folder: string): Promise<LoadedFile[]> {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  const loaded = await Promise.all(
    entries.map(async (entry) => {
      const path = `${folder}/${parse(entry.name).name}`
      if (entry.isDirectory()) return await loadFiles(root, path)
      const { default: plugin } = await import(`../../${path}.js`)
      return [{ path, metadata: plugin[Symbol.for('plugin-meta')] }]
    })
  )
  return loaded.flat()
}

function byDependency(files: LoadedFile[]): LoadedFile[] {
  const ordered = new Set<LoadedFile>()
  const add = (file: LoadedFile) => {
    for (const name of file.metadata?.dependencies ?? []) {
      const dependency = files.find(({ metadata }) => metadata?.name === name)
      if (dependency !== undefined && !ordered.has(dependency)) add(dependency)
    }
    ordered.add(file)
  }
  for (const file of files) add(file)
  return [...ordered]
}
