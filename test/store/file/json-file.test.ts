import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openGeneratedKeys } from '../../../src/keys/key-source.js'
import { createKeyFile } from '../../../src/store/file/key-file.js'
import { fillFolder, openFolderStore, refusalOf } from '../../support/filled-folder.js'
import { temporaryFolder } from '../../support/helper.js'
import { createUser, now } from '../../support/records.js'

for (const file of ['users.json', 'keys.json'] as const) {
  t.test(`R3: a ${file} that was edited by hand is refused with the command that takes it`, async (t) => {
    const folder = temporaryFolder(t)
    await fillFolder(folder)
    const path = join(folder, file)
    const text = readFileSync(path, 'utf8')
    for (const edited of [
      text.replace('[', '[ '),
      `${text}\n`,
      text.replace(/,\n"checksum".*/, ''),
      text.replace(/"checksum": "../, '"checksum": "zz'),
      text.replace('"version": 5,\n', ''),
      text.replace('"version": 5', '"version": 2'),
      text.replace('"version": 5', '"version": 4').replace(/,\n"checksum".*/, '')
    ]) {
      t.not(edited, text)
      writeFileSync(path, edited)
      t.match(
        await refusalOf(folder, file),
        /^3 .*\.json is damaged: its checksum is not .*postern data accept/
      )
      t.equal(readFileSync(path, 'utf8'), edited)
    }
  })

  t.test(`R13: a ${file} of a newer format is not called damaged, whatever else is in it`, async (t) => {
    const folder = temporaryFolder(t)
    await fillFolder(folder)
    const path = join(folder, file)
    const text = readFileSync(path, 'utf8')
    t.match(text, /^\{\n"version": 5,/)
    for (const newer of [
      text.replace('"version": 5', '"version": 6'),
      '{"version":12,"records":{}}',
      '{ "version" : 6, and something else'
    ]) {
      writeFileSync(path, newer)
      const format = /\d+/.exec(newer)
      const message = await refusalOf(folder, file)
      t.match(message, `3 ${path} was written by a newer Postern (format ${format}, this reads 5)`)
      t.notMatch(message, /damaged|move/)
      t.equal(readFileSync(path, 'utf8'), newer)
    }
  })
}

t.test('R13: a journal of a newer format is not called damaged', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'users.1.journal')
  writeFileSync(path, '{"version":6,"seq":1}\n\x1e and something else')
  t.match(
    await refusalOf(folder, 'users.json'),
    `3 ${path} was written by a newer Postern (format 6, this reads 5)`
  )
  t.same(readdirSync(folder), ['users.1.journal'])
})

t.test('R13: the files of release 0.1.0 are read, and written anew in the format of this one', async (t) => {
  for (const kind of ['stopped', 'killed']) {
    const folder = temporaryFolder(t)
    cpSync(join(import.meta.dirname, `../../../../test/store/file/0.1.0/${kind}`), folder, {
      recursive: true
    })
    const store = await openFolderStore(folder)
    t.match(await store.findUserByName('alice'), { state: 'active', gen: 1 })
    t.match(await store.findUserByName('bob'), { state: 'deleted' })
    t.equal(store.capture().sessions.length, 1)
    await store.createUser(createUser('carol'))
    await store.close()
    t.match(
      readFileSync(join(folder, 'users.json'), 'utf8'),
      /^\{\n"version": 5,[\s\S]+,\n"checksum": "[0-9a-f]{8}"\n\}\n$/
    )
    const again = await openFolderStore(folder)
    t.equal(again.capture().users.length, 3)
    await again.close()

    const file = createKeyFile(folder)
    const keys = await file.change((keys) => keys)
    t.equal(keys.length, 1)
    t.notMatch(
      readFileSync(join(folder, 'keys.json'), 'utf8'),
      /version|checksum/,
      'until the service starts'
    )
    await openGeneratedKeys(file, 'ES256', now)
    t.match(
      readFileSync(join(folder, 'keys.json'), 'utf8'),
      /^\{\n"version": 5,[\s\S]+,\n"checksum": "[0-9a-f]{8}"\n\}\n$/
    )
    t.same(await file.change((keys) => keys), keys)
  }
})
