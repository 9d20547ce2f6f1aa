import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fillFolder, openFolderStore, refusalOf } from '../support/filled-folder.js'
import { storedNames, temporaryFolder } from '../support/helper.js'
import { createUser } from '../support/records.js'

for (const file of ['users.json', 'keys.json'] as const) {
  t.test(`R3: a ${file} of which any bit has flipped stops the start`, async (t) => {
    const folder = temporaryFolder(t)
    await fillFolder(folder)
    const path = join(folder, file)
    const whole = readFileSync(path)
    const taken: string[] = []
    for (const state of flips(whole)) {
      writeFileSync(path, state)
      const message = await refusalOf(folder, file)
      if (!/^3 .*\.json (is damaged|was written by a newer Postern)/.test(message)) taken.push(message)
      if (message.includes('argon2')) taken.push('a hash is quoted')
    }
    t.same(taken, [], `${whole.length} bytes`)
    t.same(storedNames(folder), ['keys.json', 'users.json'])
  })
}

t.test('R3: a journal of which any bit has flipped stops the start', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'users.1.journal')
  const store = await openFolderStore(folder)
  // The first is written alone, and the others as one batch.
  await Promise.all(['alice', 'bob', 'carol', 'dave'].map((name) => store.createUser(createUser(name))))
  const whole = readFileSync(path)
  await store.close()
  rmSync(join(folder, 'users.json'))
  const taken: string[] = []
  for (const state of flips(whole)) {
    writeFileSync(path, state)
    const message = await refusalOf(folder, 'users.json')
    if (/^3 .*users\.1\.journal (is damaged|was written by a newer Postern)/.test(message)) continue
    taken.push(message)
    rmSync(join(folder, 'users.json'), { force: true })
  }
  t.same(taken, [], `${whole.length} bytes`)
})

/** All that become of these bytes when one of them has another bit, or no bit that it had. */
function* flips(whole: Buffer): Generator<Buffer> {
  for (let index = 0; index < whole.length; index += 1) {
    for (const flip of [1 << (index % 8), 0xff]) {
      const state = Buffer.from(whole)
      state[index] = Number(state[index]) ^ flip
      yield state
    }
  }
}
