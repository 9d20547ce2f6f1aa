import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { basename, join } from 'node:path'
import type { Script } from 'node:vm'
import t, { type Test } from 'tap'
import bundle from '../../bin/bundle.cjs'
import { temporaryFolder } from '../support/helper.js'
import { call, run, serve, unbundled } from '../support/process.js'

const root = join(import.meta.dirname, '../../..')
const bundleFolder = join(root, 'build/bundle')
const exportsFolder = join(root, 'build/exports')

const bcryptHash = '$2b$04$7uGyeIv8yA2VPGs89PQ8muuN964Z1pndmhhkuvtOLIeZ3bpmEfe02'

// As npm makes and unpacks it, with the native packages as all that is installed beside it.
const installed = temporaryFolder(t)
const packed = join(installed, 'package')
const archive = spawnSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', installed], {
  cwd: root,
  encoding: 'utf8'
})
spawnSync('tar', ['-xzf', archive.stdout.trim()], { cwd: installed })
mkdirSync(join(packed, 'node_modules'))
for (const name of ['argon2', 'bcrypt'])
  symlinkSync(join(root, 'node_modules', name), join(packed, 'node_modules', name))

async function requireService(t: Test, file: string) {
  const folder = mkdtempSync(join(installed, 'data-'))
  const usersFile = join(folder, 'imported.json')
  writeFileSync(usersFile, JSON.stringify([{ name: 'imported', hash: bcryptHash }]))
  const url = await serve(t, folder, { POSTERN_USERS_FILE: usersFile }, { file }).url()
  t.equal((await call(`${url}/version`, 'GET', {})).status, 200)
  t.equal((await call(`${url}/user`, 'POST', { user: 'alice', pass: 'wonderland' })).status, 201)
  t.equal((await call(`${url}/token`, 'GET', { user: 'imported', pass: 'correct horse' })).status, 200)
  for (const path of ['/openapi.json', '/docs', '/docs/swagger-ui.css'])
    t.equal((await call(url + path, 'GET', {})).status, 200, path)
}

t.test('the packed program needs no package but argon2 and bcrypt', async (t) => {
  await requireService(t, join(packed, 'build/bin/postern.cjs'))
})

t.test('what is imported as postern/testing needs no package but argon2 and bcrypt', async (t) => {
  const use = `
    import { startPostern } from 'postern/testing'
    const postern = await startPostern({ users: { alice: 'wonderland' } })
    console.log((await fetch(postern.url + '/user', { headers: await postern.authHeader('alice') })).status)
    console.log((await fetch(postern.url + '/openapi.json')).status)
    await postern.stop()`
  const { stdout, stderr } = run([process.execPath, '--input-type=module', '--eval', use], packed)
  t.equal(stdout, '200\n200\n', stderr)
})

t.test(
  'the program starts from its code cache, and without it when it is not of this program or V8',
  async (t) => {
    const folder = join(packed, 'build/bundle')
    const path = bundle.cacheFile(folder)
    const intact = readFileSync(path)
    t.equal(verdict(folder), 'false')

    const damaged = Buffer.from(intact)
    damaged.fill(0xff, intact.length / 2, intact.length / 2 + 64)
    const changes: [string, () => void, string][] = [
      ['missing', () => rmSync(path), 'undefined'],
      ['empty', () => writeFileSync(path, ''), 'undefined'],
      ['cut short', () => writeFileSync(path, intact.subarray(0, intact.length / 2)), 'undefined'],
      ['damaged', () => writeFileSync(path, damaged), 'undefined'],
      ['of another V8', () => bundle.writeCodeCache(folder, scriptOfAnotherV8(folder)), 'true']
    ]
    for (const [name, change, rejected] of changes) {
      change()
      t.equal(verdict(folder), rejected, name)
      await requireService(t, join(packed, 'build/bin/postern.cjs'))
    }
  }
)

// Asked in a process of its own, since V8 remembers what it has compiled in this one.
function verdict(folder: string): string {
  const question = `console.log(require('./build/bin/bundle.cjs').compile('${folder}').cachedDataRejected)`
  return spawnSync(process.execPath, ['-e', question], {
    cwd: packed,
    encoding: 'utf8',
    env: {}
  }).stdout.trim()
}

// The second word of V8's cache is a hash of its version.
function scriptOfAnotherV8(folder: string): Script {
  const script = bundle.compile(folder)
  const data = script.createCachedData()
  data.writeUInt32LE(data.readUInt32LE(4) ^ 1, 4)
  script.createCachedData = () => data
  return script
}

t.test('the stack trace of an error in the log names the TypeScript source and line', async (t) => {
  const folder = temporaryFolder(t)
  const program = serve(t, folder)
  const url = await program.url()
  // Not removed: another test's folder might get its inode, which the program still holds.
  renameSync(join(folder, 'data'), join(folder, 'gone'))
  t.equal((await call(`${url}/user`, 'POST', { user: 'alice', pass: 'x' })).status, 503)
  await program.logged('"stack"')
  const failure = program.stderr.split('\n').find((line) => line.includes('"stack"')) ?? '{}'
  const { stack } = JSON.parse(failure).err
  const [, file = '', line] = /^ {4}at .*?([^( ]+\.ts):(\d+):\d+\)?$/m.exec(stack) ?? []
  t.equal(file, join(root, 'src/store/file/commit-queue.ts'))
  t.match(readFileSync(file, 'utf8').split('\n')[Number(line) - 1], /new Refusal/)
  t.notMatch(stack, 'postern.js')
})

for (const place of [bundleFolder, exportsFolder]) {
  t.test(`the licences of all packages in build/${basename(place)} lie beside them`, async (t) => {
    const notices = readFileSync(join(place, 'LICENCES.txt'), 'utf8')
    const maps = readdirSync(place).filter((file) => file.endsWith('.map'))
    const sources = maps.flatMap((file) => JSON.parse(readFileSync(join(place, file), 'utf8')).sources)
    const folders = new Set<string>()
    for (const source of sources) {
      const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(source) ?? []
      if (folder !== undefined) folders.add(join(place, folder))
    }
    t.ok(folders.size > 20)
    for (const folder of folders) {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      t.match(notices, `\n${name} ${version} (`)
    }
    t.match(notices, readFileSync(join(root, 'node_modules/fastify/LICENSE'), 'utf8').trim())
  })
}

t.test('the exports for require hold the same packages as those for import', (t) => {
  const [notices, same] = ['exports', 'commonjs'].map((name) =>
    readFileSync(join(root, 'build', name, 'LICENCES.txt'), 'utf8')
  )
  t.equal(notices, same)
  t.end()
})

t.test('each build leaves a command that can be executed', (t) => {
  const command = join(root, 'build/bin/postern.cjs')
  const folder = temporaryFolder(t)
  // In a copy, since other tests use the build.
  for (const name of readdirSync(root).filter((name) => !/^(?:build|data|node_modules|\..*)$/.test(name))) {
    cpSync(join(root, name), join(folder, name), {
      recursive: true,
      filter: (path) => !path.includes('node_modules')
    })
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  t.equal(statSync(command).mode & 0o777, 0o755)
  for (const round of ['first', 'second']) {
    t.match(run(['npm', 'run', 'build'], folder, process.env), { status: 0 }, round)
    t.match(run([join(folder, 'build/bin/postern.cjs'), '--version'], folder), { status: 0 }, round)
  }
  t.end()
})

t.test('the program serves unbundled, too', async (t) => {
  await requireService(t, unbundled)
})

t.test('the texts of pages beyond ASCII are whole, in templates too', async (t) => {
  t.notOk(/\P{ASCII}/u.test(readFileSync(bundle.scriptFile(bundleFolder), 'utf8')), 'the program is ASCII')
  const url = await serve(t, mkdtempSync(join(installed, 'data-')), {}).url()
  const page = await fetch(`${url}/sign-in?ui_locales=zh`)
  t.match(await page.text(), '<title>登录 – Postern</title>')
})
