import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { backUp } from '../../src/cli/backup-command.js'
import { refused, runOnFake } from '../support/fake-admin.js'
import { temporaryFolder } from '../support/helper.js'

const answerer = () => ({ body: 'a backup\n' })

t.test('a backup is a private file, and its recipients are those of the options', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'backup')
  const { printed, calls } = await runOnFake(backUp, { operands: [file] }, answerer)
  t.match(printed, /not encrypted, and holds the signing keys/)
  t.match(calls, [{ method: 'POST', path: '/admin/backup', body: undefined }])
  t.equal(readFileSync(file, 'utf8'), 'a backup\n')
  t.equal(statSync(file).mode & 0o777, 0o600)
  const flags = { recipient: ['age1a', 'age1b'] }
  const encrypted = await runOnFake(backUp, { operands: [`${file}.age`], flags }, answerer)
  t.notMatch(encrypted.printed, /not encrypted/)
  t.match(encrypted.calls, [{ body: flags }])
  t.same(readdirSync(folder).sort(), ['backup', 'backup.age'])
})

t.test('a file that is there is replaced with --force only, and nothing else ever is', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'backup')
  writeFileSync(file, 'an older one', { mode: 0o644 })
  const again = await runOnFake(backUp, { operands: [file] }, answerer).catch((error: Error) => error)
  t.match(again, { exitCode: 2, message: /is there already: --force replaces it/ })
  t.equal(readFileSync(file, 'utf8'), 'an older one')
  await runOnFake(backUp, { operands: [file], flags: { force: true } }, answerer)
  t.equal(readFileSync(file, 'utf8'), 'a backup\n')
  t.equal(statSync(file).mode & 0o777, 0o600)
  symlinkSync(file, join(folder, 'link'))
  mkdirSync(join(folder, 'folder'))
  for (const name of ['link', 'folder']) {
    const call = { operands: [join(folder, name)], flags: { force: true } }
    await t.rejects(runOnFake(backUp, call, answerer), { exitCode: 2, message: /is no regular file/ })
  }
})

t.test('a backup that is refused, or cannot be written, leaves no file', async (t) => {
  const folder = temporaryFolder(t)
  const refusing = () => refused(403, 'InsufficientScopeError', 'This call needs the scope backup.')
  await t.rejects(runOnFake(backUp, { operands: [join(folder, 'backup')] }, refusing), {
    message: 'This call needs the scope backup.'
  })
  t.same(readdirSync(folder), [])
  const nowhere = join(folder, 'none/backup')
  await t.rejects(runOnFake(backUp, { operands: [nowhere] }, answerer), { exitCode: 5, message: /ENOENT/ })
})

t.test('for - the backup is given as it comes', async (t) => {
  const { printed } = await runOnFake(backUp, { operands: ['-'] }, answerer)
  t.equal(printed, 'a backup\n')
})
