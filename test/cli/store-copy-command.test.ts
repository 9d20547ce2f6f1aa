import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { copyStore } from '../../src/cli/store-copy-command.js'
import { temporaryFolder } from '../support/helper.js'

t.test('a source that is not there is refused, and nothing is made', async (t) => {
  const folder = temporaryFolder(t)
  const places = { from: `file:${join(folder, 'dat')}`, to: `file:${join(folder, 'copy')}` }
  await t.rejects(copyStore({}, places), { exitCode: 2, message: /^there is no data folder \S+dat / })
  t.same(readdirSync(folder), [])
})

t.test('a source that holds nothing is refused, and the target stays empty', async (t) => {
  const folder = temporaryFolder(t)
  const [from, to] = [join(folder, 'from'), join(folder, 'to')]
  mkdirSync(from, { mode: 0o700 })
  await t.rejects(copyStore({}, { from: `file:${from}`, to: `file:${to}` }), {
    exitCode: 2,
    message: /from holds nothing to copy$/
  })
  t.notOk(readdirSync(to).includes('users.json'))
})
