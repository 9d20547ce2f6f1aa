import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { copyStore } from '../../src/cli/store-copy-command.js'
import { openStore } from '../../src/store/open-store.js'
import { temporaryFolder } from '../support/helper.js'
import { createUser } from '../support/records.js'

t.test('a folder that keeps nothing is no source, and neither place is touched', async (t) => {
  const folder = temporaryFolder(t)
  const to = `file:${join(folder, 'target')}`
  const refusal = { name: 'StartupError', exitCode: 2, message: /is no data folder of a service/ }
  await t.rejects(copyStore({}, { from: `file:${join(folder, 'typo')}`, to }), refusal)
  mkdirSync(join(folder, 'empty'))
  await t.rejects(copyStore({}, { from: `file:${join(folder, 'empty')}`, to }), refusal)
  t.same(readdirSync(folder), ['empty'])
  t.same(readdirSync(join(folder, 'empty')), [])
})

t.test('a folder with accounts is a source', async (t) => {
  const folder = temporaryFolder(t)
  const [source, target] = [join(folder, 'source'), join(folder, 'target')]
  const { store, close } = await openStore(
    { driver: 'file', folder: source },
    { clock: Date.now, warn: () => {} }
  )
  await store.createUser(createUser('alice'))
  await close()
  t.match(await copyStore({}, { from: `file:${source}`, to: `file:${target}` }), /users: 1,/)
  t.ok(existsSync(join(target, 'users.json')))
})
