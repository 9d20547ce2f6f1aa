import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDataFolder } from '../../../src/store/file/data-folder.js'
import { createKeyFile } from '../../../src/store/file/key-file.js'
import { storedNames, temporaryFolder } from '../../support/helper.js'

const notRoot = process.geteuid?.() === 0 ? false : 'needs root'
const refused = { name: 'StartupError', exitCode: 5 }

async function open(path: string) {
  const folder = await openDataFolder(path)
  await folder.release()
  return folder
}

function createFolder(t: Test, mode: number, ...names: string[]): string {
  const folder = join(temporaryFolder(t), 'data')
  mkdirSync(folder)
  chmodSync(folder, mode)
  for (const name of names) writeFileSync(join(folder, name), 'x', { mode: 0o600 })
  return folder
}

t.test('a folder that is there becomes private, unless it holds anything else', async (t) => {
  for (const [content, mode] of [
    ['.gitkeep', 0o700],
    ['notes.txt', 0o755]
  ] as const) {
    const folder = createFolder(t, 0o755, content)
    await open(folder)
    t.equal(statSync(folder).mode & 0o777, mode)
    t.same(storedNames(folder), [content])
    await open(folder)
    t.equal(statSync(folder).mode & 0o777, mode, 'also with what a first start left')
  }
})

t.test('a folder of ours has a .gitignore for all of it, and one with other files has none', async (t) => {
  const path = join(temporaryFolder(t), 'data')
  const made = await open(path)
  t.ok(made.isNew)
  t.match(made.warnings, [/^the data folder \S+data was made: this is a new service/])
  const file = join(path, '.gitignore')
  t.equal(readFileSync(file, 'utf8'), '*\n')
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.match(await open(path), { isNew: false, warnings: [] })

  for (const name of ['.gitkeep', 'users.json']) {
    const folder = createFolder(t, 0o700, name)
    await open(folder)
    t.ok(existsSync(join(folder, '.gitignore')), name)
  }
  const others = createFolder(t, 0o700, 'users.json', 'notes.txt')
  await open(others)
  t.notOk(existsSync(join(others, '.gitignore')))
  const own = createFolder(t, 0o755, '.gitignore', 'users.json')
  await open(own)
  t.equal(readFileSync(join(own, '.gitignore'), 'utf8'), 'x')
  t.equal(statSync(own).mode & 0o777, 0o700, 'the name is one of ours')
})

t.test('M9: a folder that all users can write to is refused, unless nothing is kept in it yet', async (t) => {
  const fresh = createFolder(t, 0o777)
  t.same((await open(fresh)).warnings, [])
  t.equal(statSync(fresh).mode & 0o777, 0o700)
  for (const name of ['keys.json', 'users.json', 'users.1.journal', 'notes.txt']) {
    const folder = createFolder(t, 0o777, name)
    await t.rejects(open(folder), { ...refused, message: /data can be written to by all users: see to it/ })
    t.equal(statSync(folder).mode & 0o777, 0o777)
    t.equal(readFileSync(join(folder, name), 'utf8'), 'x')
  }
})

t.test('M9: a folder that a group of this process can write to is taken with a warning', async (t) => {
  const folder = createFolder(t, 0o775, 'notes.txt')
  t.match((await open(folder)).warnings, [/^all users of group \d+ can write to the data folder \S+$/])
})

t.test(
  'M9: root takes a folder that Kubernetes has given to a group as it is',
  { skip: notRoot },
  async (t) => {
    const folder = createFolder(t, 0o2775, 'users.json')
    chownSync(folder, 0, 5678)
    chmodSync(folder, 0o2775)
    t.match((await open(folder)).warnings, [/group 5678/])
    t.equal(statSync(folder).mode & 0o7777, 0o2775)
  }
)

t.test('M9: stored files that are loose are tightened; links and those of others are refused', async (t) => {
  const names = ['keys.json', 'users.json', 'users.7.journal']
  const loose = createFolder(t, 0o700, ...names)
  for (const name of names) chmodSync(join(loose, name), 0o644)
  await open(loose)
  for (const name of names) t.equal(statSync(join(loose, name)).mode & 0o777, 0o600)

  for (const name of names) {
    const folder = createFolder(t, 0o700)
    writeFileSync(join(folder, 'elsewhere'), 'x')
    symlinkSync('elsewhere', join(folder, name))
    await t.rejects(open(folder), { ...refused, message: `${name} is no regular file` })
  }
  await t.rejects(
    () => {
      const folder = createFolder(t, 0o700)
      symlinkSync('elsewhere', join(folder, 'keys.json'))
      return createKeyFile(folder).change((keys) => keys)
    },
    { ...refused, message: 'keys.json is no regular file' }
  )
})

t.test(
  'M9: a third user owns neither the stored files nor, but for root, the folder',
  { skip: notRoot },
  async (t) => {
    for (const name of ['keys.json', 'users.json', 'users.7.journal']) {
      const folder = createFolder(t, 0o700, name)
      chownSync(folder, 1234, 1234)
      await open(folder)
      chownSync(join(folder, name), 1234, 1234)
      await open(folder)
      chownSync(join(folder, name), 5678, 5678)
      await t.rejects(open(folder), { ...refused, message: `${name} belongs to another user` })
    }
    const [own, others] = [createFolder(t, 0o755), createFolder(t, 0o755)]
    chmodSync(join(own, '..'), 0o755)
    chmodSync(join(others, '..'), 0o755)
    chownSync(own, 1234, 1234)
    chownSync(others, 5678, 5678)
    process.seteuid?.(1234)
    t.teardown(() => process.seteuid?.(0))
    await open(own)
    await t.rejects(open(others), { ...refused, message: 'data belongs to another user' })
  }
)

t.test('M9: the folder itself may be a symbolic link', async (t) => {
  const folder = createFolder(t, 0o700)
  const link = join(folder, '../link')
  symlinkSync('data', link)
  const opened = await openDataFolder(link)
  await t.rejects(openDataFolder(folder), { name: 'StartupError', exitCode: 4 })
  await opened.release()
})

t.test(
  'R14: users.json that is gone while keys.json is there is told, a folder without both is not',
  async (t) => {
    t.same((await open(createFolder(t, 0o700))).warnings, [])
    t.same((await open(createFolder(t, 0o700, 'keys.json', 'users.json'))).warnings, [])
    t.same((await open(createFolder(t, 0o700, 'keys.json', 'users.1.journal'))).warnings, [])
    t.match((await open(createFolder(t, 0o700, 'keys.json'))).warnings, [
      /keys\.json in \S+, but no users\.json/
    ])
  }
)

t.test('H4: a folder that was moved is still taken, and is released where it is', async (t) => {
  const folder = createFolder(t, 0o700)
  const opened = await openDataFolder(folder)
  renameSync(folder, `${folder}-moved`)
  await t.rejects(openDataFolder(`${folder}-moved`), { name: 'StartupError', exitCode: 4 })
  await opened.release()
  await open(`${folder}-moved`)
  await open(folder)
})

t.test('H4: a folder that is removed while it is taken can be released', async (t) => {
  const folder = createFolder(t, 0o700)
  const opened = await openDataFolder(folder)
  rmSync(folder, { recursive: true })
  await opened.release()
  await open(folder)
})

t.test(
  'H4: a folder whose path is longer than that of a socket can be is taken like any other',
  async (t) => {
    const folder = join(createFolder(t, 0o700), 'x'.repeat(120))
    const opened = await openDataFolder(folder)
    await t.rejects(openDataFolder(folder), { name: 'StartupError', exitCode: 4 })
    await opened.release()
  }
)
