import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exitCodes } from '../../src/errors/startup-error.js'
import { buildCopies, copyAll, finalCopies, image, root } from '../support/dockerfile.js'
import { temporaryFolder } from '../support/helper.js'
import { Program, serve } from '../support/process.js'

const read = (path: string) => readFileSync(join(root, path), 'utf8')

t.test(
  'the image is built from exactly what .dockerignore lets through, and all of it is there',
  async (t) => {
    const [everything, ...exceptions] = read('.dockerignore')
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('#'))
    t.equal(everything, '*')
    const sources = buildCopies.map(({ source }) => source)
    t.same(exceptions.sort(), sources.map((source) => `!${source}`).sort())
    for (const source of sources) t.ok(existsSync(join(root, source)), source)
  }
)

t.test('what the image holds is all that the service and its health check need', async (t) => {
  const folder = temporaryFolder(t)
  copyAll(finalCopies, root, folder)
  const inFolder = (command: string[]) => {
    t.equal(command[0], 'node')
    return (command[1] ?? '').replace(image.workingFolder, folder)
  }
  const working = mkdtempSync(join(folder, 'working-'))
  const service = serve(t, working, {}, { file: inFolder(image.command) })
  const POSTERN_PORT = new URL(await service.url()).port
  t.same(image.command.slice(2), ['serve'])

  const file = inFolder(image.healthCommand)
  const health = new Program(t, image.healthCommand.slice(2), { POSTERN_PORT }, working, { file })
  t.equal(await health.exit, 0, health.stderr)
})

t.test(
  'the unit gives up on what only the operator can mend, and is as patient as the service',
  async (t) => {
    const unit = read('packaging/postern.service')
    const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? ''
    const { wrongSetting, damagedFile, folderInUse, folderNotWritable, addressNotAvailable } = exitCodes
    t.same(value('RestartPreventExitStatus').split(' ').map(Number), [
      wrongSetting,
      damagedFile,
      folderInUse,
      folderNotWritable,
      addressNotAvailable
    ])
    t.ok(Number(value('TimeoutStopSec')) > 10)
    t.equal(value('EnvironmentFile'), '/etc/postern.env', 'no hyphen: without its settings it does not start')
  }
)

t.test(
  'L1, L14, C4: compose and the recipes pin the proxy, bound the memory and name the issuer',
  async (t) => {
    const compose = read('compose.yaml')
    const install = read('docs/operate/install.md')
    const [, gateway = ''] = /gateway: (\S+)/.exec(compose) ?? []
    t.match(compose, `POSTERN_TRUST_PROXY: ${gateway}\n`)
    t.match(install, `--gateway ${gateway} postern\n`)
    t.match(install, `--env POSTERN_TRUST_PROXY=${gateway} `)
    for (const text of [compose, install]) t.notMatch(text, /TRUST_PROXY[=:] ?(uniquelocal|true)/)
    t.match(compose, /^ {4}mem_limit: \d+[gm]$/m)
    t.match(install, /docker run [^`]*--memory \d+[gm]/)
    t.match(read('packaging/postern.service'), /^MemoryMax=\d+[GM]$/m)
    t.match(compose, /POSTERN_ISSUER: /)
    t.match(install, /docker run [^`]*--env POSTERN_ISSUER=/)
    t.match(install, /POSTERN_ISSUER=\S+ \| sudo install [^\n]*postern\.env/)
  }
)

t.test('the files to copy for the unit are those of the image', async (t) => {
  const [, paths = '', target = ''] =
    /cp -r --parents ((?:[^\n]|\\\n)+) (\S+)\n/.exec(read('docs/operate/install.md')) ?? []
  t.same(paths.split(/[\s\\]+/).sort(), finalCopies.map(({ source }) => source).sort())
  t.match(read('packaging/postern.service'), `ExecStart=node ${target}/build/bin/postern.cjs serve\n`)
})
