import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { folderStorage } from '../../../src/store/file/folder-storage.js'
import { openJournaledStore } from '../../../src/store/file/journaled-store.js'
import { createPrivateFile } from '../../../src/store/file/private-file.js'
import { temporaryFolder } from '../../support/helper.js'

const notRoot = process.geteuid?.() === 0 ? false : 'needs root'

t.test('M9: a new file is private, and is never written through a name that is there already', async (t) => {
  const folder = temporaryFolder(t)
  await (await createPrivateFile(join(folder, 'new'))).close()
  t.equal(statSync(join(folder, 'new')).mode & 0o777, 0o600)
  symlinkSync('target', join(folder, 'link'))
  for (const name of ['new', 'link'])
    await t.rejects(createPrivateFile(join(folder, name)), { code: 'EEXIST' })
  t.notOk(existsSync(join(folder, 'target')))
})

t.test(
  'M9: a snapshot is not written through a symbolic link in the place of its temporary file',
  async (t) => {
    const folder = temporaryFolder(t)
    writeFileSync(join(folder, 'precious'), 'kept')
    const store = await openJournaledStore({
      ...folderStorage(folder),
      clock: Date.now,
      warn: (error) => t.fail(String(error))
    })
    await store.createUser({
      uid: '0'.repeat(32),
      name: 'alice',
      hash: '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g',
      state: 'active',
      gen: 0,
      createdAt: 0
    })
    symlinkSync('precious', join(folder, 'users.json.tmp'))
    await store.close()
    t.equal(readFileSync(join(folder, 'precious'), 'utf8'), 'kept')
    t.ok(lstatSync(join(folder, 'users.json')).isFile())
  }
)

t.test('M9: files that root makes belong to the owner of their folder', { skip: notRoot }, async (t) => {
  const folder = join(temporaryFolder(t), 'data')
  mkdirSync(folder)
  chownSync(folder, 1234, 5678)
  const path = join(folder, 'new')
  await (await createPrivateFile(path)).close()
  t.match(statSync(path), { uid: 1234, gid: 5678 })
})
