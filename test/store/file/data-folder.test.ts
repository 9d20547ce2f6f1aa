import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openDataFolder } from '../../../src/store/file/data-folder.js'
import { lockByFile } from '../../../src/store/file/folder-lock.js'
import { temporaryFolder } from '../../support/helper.js'
import { Program } from '../../support/process.js'

t.test('a folder that is there becomes private, unless it holds anything else', async (t) => {
  const folder = temporaryFolder(t)
  for (const [name, content, mode] of [
    ['fresh', '.gitkeep', 0o700],
    ['shared', 'notes.txt', 0o755]
  ] as const) {
    mkdirSync(join(folder, name), { mode: 0o755 })
    writeFileSync(join(folder, name, content), '')
    await (await openDataFolder(join(folder, name))).release()
    t.equal(statSync(join(folder, name)).mode & 0o777, mode)
    t.same(readdirSync(join(folder, name)), [content])
  }
})

t.test('where there are no abstract sockets a file with the process id locks the folder', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'postern.pid')
  const lock = await lockByFile(folder)
  t.equal(readFileSync(path, 'utf8'), String(process.pid))
  await lock.release()
  t.same(readdirSync(folder), [])
  writeFileSync(path, String(process.ppid))
  await t.rejects(lockByFile(folder), { name: 'StartupError', exitCode: 4, message: path })
  const gone = new Program(t, ['--version'], {}, folder)
  await gone.exit
  writeFileSync(path, String(gone.child.pid))
  const taken = await lockByFile(folder)
  t.equal(readFileSync(path, 'utf8'), String(process.pid))
  await taken.release()
  rmSync(folder, { recursive: true })
  await t.rejects(lockByFile(folder), { name: 'StartupError', exitCode: 5 })
})
