// Bundles the program into build/bundle, with its source map, the licences of the bundled packages, and V8's code cache.
// Bundles the exports of the package into build/exports, and for `require` into build/commonjs, so that they load a few files
// instead of some five hundred, and need none of the bundled packages. Bundles typebox for the tests.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, parse } from 'node:path'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'
import bundle from '../../bin/bundle.cjs'
import { writeCommonJsTypes } from './commonjs-types.js'
import { folderList } from './folder-list.js'
import { licences } from './licences.js'

const root = join(import.meta.dirname, '../../..')
const folder = join(root, 'build/bundle')
const exported = join(root, 'build/exports')
const commonJs = join(root, 'build/commonjs')

// The server and the verifier import no common package, so that a service that verifies tokens loads no server.
const verifiers = {
  verify: 'src/verifier/verifier.ts',
  express: 'src/verifier/express.ts',
  fastify: 'src/verifier/fastify.ts'
}
const testing = { testing: 'src/fixture/testing.ts' }

// As it is loaded, env-schema compiles the schema of its own options, and for that the schema of all schemas: a fifth of a
// start. The program's options never change, and bring an Ajv of their own.
const uncheckedOptions: Plugin = {
  name: 'unchecked-options',
  setup(build) {
    build.onLoad({ filter: /[\\/]env-schema[\\/]index\.js$/ }, ({ path }) => {
      const compiled = /const sharedAjvInstance = .*\s+const optsSchemaValidator = .*/
      const source = readFileSync(path, 'utf8')
      if (!compiled.test(source)) throw new Error('env-schema does not compile its options as it did')
      const contents = source.replace(
        compiled,
        'const sharedAjvInstance = undefined, optsSchemaValidator = () => true'
      )
      return { contents, loader: 'js' }
    })
  }
}

// Packages that most starts do not use. Each is a file of its own beside the program, which is smaller without them.
const optionalPackages = [
  'age-encryption',
  'cli-progress',
  'csv-parse/sync',
  'pg',
  'pg-connection-string',
  'sorted-btree',
  'uqr',
  'yaml'
]
const fileOf = (name: string) => `package-${name.replace('/', '-')}`
const asCommonJs = { '.js': '.cjs' }

const besideTheProgram: Plugin = {
  name: 'beside-the-program',
  setup(build) {
    build.onResolve({ filter: /^[a-z]/ }, ({ path }) =>
      optionalPackages.includes(path)
        ? { path: `./${fileOf(path)}${asCommonJs['.js']}`, external: true }
        : undefined
    )
  }
}

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  charset: 'ascii',
  // Native code cannot be bundled.
  external: ['argon2', 'bcrypt'],
  plugins: [folderList(root), uncheckedOptions],
  minifyWhitespace: true,
  // Node shows the line of an uncaught error.
  lineLimit: 200,
  legalComments: 'none',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning'
}

await bundleInto(
  folder,
  {
    entryPoints: ['src/cli/cli.cts'],
    plugins: [folderList(root), uncheckedOptions, besideTheProgram],
    entryNames: parse(bundle.scriptFile(folder)).name,
    format: 'cjs',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "(function (require, module, exports, __filename, __dirname, bundleUrl) { 'use strict';" },
    footer: { js: '})' }
  },
  {
    entryPoints: Object.fromEntries(optionalPackages.map((name) => [fileOf(name), name])),
    format: 'cjs',
    sourcemap: false,
    outExtension: asCommonJs
  }
)
escapeTemplates(bundle.scriptFile(folder))
await bundleInto(exported, {
  entryPoints: { index: 'src/index.ts', ...testing, ...verifiers },
  splitting: true,
  format: 'esm',
  // Not packed, since it leads to sources that the package does not hold.
  sourcemap: 'external',
  // For the packages that are CommonJS.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);"
  }
})
await bundleInto(commonJs, {
  entryPoints: { ...testing, ...verifiers },
  format: 'cjs',
  sourcemap: false,
  outExtension: asCommonJs,
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" }
})
// One file, which a page can load without a bundler.
await build({
  absWorkingDir: root,
  entryPoints: ['src/client/client.ts'],
  outdir: exported,
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  logLevel: 'warning'
})
await bundleTypebox()
await writeCommonJsTypes(root, { ...testing, ...verifiers })
// npm sets the mode when it installs the package; in a clone it does so only once, and the compiler makes a new file.
chmodSync(join(root, 'build/bin/postern.cjs'), 0o755)
await writeCodeCache()

async function bundleInto(folder: string, ...parts: BuildOptions[]): Promise<void> {
  const outputs: Metafile['outputs'] = {}
  for (const options of parts) {
    const { metafile } = await build({ ...common, outdir: folder, ...options, metafile: true })
    Object.assign(outputs, metafile.outputs)
  }
  writeFileSync(join(folder, 'LICENCES.txt'), licences(root, outputs))
}

/** Brings the program to ASCII, as which it is read: esbuild leaves the texts of tagged templates as they are. Their tags see the same. */
function escapeTemplates(file: string): void {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  writeFileSync(file, readFileSync(file, 'utf8').replace(/[\u0080-\uffff]/g, escaped))
}

/** Node finds this typebox for all of build/src. As a package it is 683 files, and a quarter of each process of a test. */
async function bundleTypebox(): Promise<void> {
  const outdir = join(root, 'build/node_modules/typebox')
  await build({
    absWorkingDir: root,
    entryPoints: {
      index: 'typebox',
      compile: 'typebox/compile',
      error: 'typebox/error',
      value: 'typebox/value'
    },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning'
  })
  const description = { name: 'typebox', type: 'module', exports: { '.': './index.js', './*': './*.js' } }
  writeFileSync(join(outdir, 'package.json'), JSON.stringify(description))
}

/** Runs the program on an existing data folder from its start to the first request, and caches the code that it calls. */
async function writeCodeCache(): Promise<void> {
  const data = mkdtempSync(join(folder, 'data-'))
  const user = new URLSearchParams({ user: 'alice', pass: 'wonderland' })
  try {
    await runOnce(data, (url) => fetch(`${url}/user`, { method: 'POST', body: user }))
    rmSync(bundle.cacheFile(folder))
    await runOnce(data, (url) => fetch(`${url}/version`))
  } finally {
    rmSync(data, { recursive: true })
  }
}

async function runOnce(data: string, request: (url: string) => Promise<Response>): Promise<void> {
  const foreign = Object.entries(process.env).filter(([name]) => !name.startsWith('POSTERN_'))
  const program = spawn(process.execPath, [join(import.meta.dirname, 'code-cache.js'), 'serve'], {
    // Neither the builder's settings nor a .env may decide what is bundled.
    cwd: data,
    env: { ...Object.fromEntries(foreign), POSTERN_PORT: '0', POSTERN_DATA_DIR: data },
    stdio: 'pipe'
  })
  let log = ''
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const ended = once(program, 'close')
  const [line = ''] = await Promise.race([once(program.stdout, 'data'), ended.then(() => [])])
  const [url] = /http:\S+/.exec(line) ?? []
  const response = url === undefined ? undefined : await request(url)
  program.stdin.end()
  const [code] = await ended
  if (!response?.ok || code !== 0) throw new Error(`the bundled program does not run: ${log}`)
}
