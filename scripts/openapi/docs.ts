// Writes the service's own documentation into build/docs: the document of all calls, and the page to try them.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createDocument } from './openapi-document.js'

const root = join(import.meta.dirname, '../../..')
const folder = join(root, 'build/docs')

const sources = {
  [join(root, 'scripts/openapi/docs')]: ['index.html', 'start.js'],
  [dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))]: [
    'swagger-ui-bundle.js',
    'swagger-ui.css',
    'swagger-ui-bundle.js.LICENSE.txt',
    'LICENSE',
    'NOTICE'
  ]
}

mkdirSync(folder)
for (const [source, names] of Object.entries(sources)) {
  for (const name of names) copyFileSync(join(source, name), join(folder, name))
}
writeFileSync(join(folder, 'openapi.json'), JSON.stringify(await createDocument()))
