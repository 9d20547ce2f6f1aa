import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lockFileName } from '../../../src/store/file/folder-lock.js'
import { folderStorage } from '../../../src/store/file/folder-storage.js'
import { openJournaledStore } from '../../../src/store/file/journaled-store.js'
import { changeKeys, openGeneratedKeys } from '../../../src/store/file/key-file.js'
import { temporaryFolder } from '../../support/helper.js'
import { createSession, createUser, hour, limits, now } from '../../support/records.js'

async function openStore(folder: string) {
  return await openJournaledStore({
    ...folderStorage(folder),
    clock: () => now * 1000,
    warn(error) {
      throw error
    }
  })
}

/** Fills a folder with `users.json` and `keys.json`. */
async function fillFolder(folder: string): Promise<void> {
  const store = await openStore(folder)
  const alice = createUser('alice')
  await store.createUser(alice)
  await store.createSession(createSession(alice), limits)
  await store.revokeToken({ jti: 'a'.repeat(32), exp: now + 9 * hour })
  await store.close()
  await openGeneratedKeys(folder, 'ES256', now)
}

const openers = {
  'users.json': async (folder: string) => await (await openStore(folder)).close(),
  'keys.json': async (folder: string) => {
    await changeKeys(folder)
  }
}

/** The exit code and the message with which this file is refused, or an empty text. */
async function refusal(folder: string, file: keyof typeof openers): Promise<string> {
  try {
    await openers[file](folder)
    return ''
  } catch (error) {
    return `${(error as { exitCode?: number }).exitCode} ${(error as Error).message}`
  }
}

for (const file of ['users.json', 'keys.json'] as const) {
  t.test(`R3: a ${file} of which any bit has flipped stops the start`, async (t) => {
    const folder = temporaryFolder(t)
    await fillFolder(folder)
    const path = join(folder, file)
    const whole = readFileSync(path)
    const taken: string[] = []
    for (let index = 0; index < whole.length; index += 1) {
      for (const flip of [1 << (index % 8), 0xff]) {
        const state = Buffer.from(whole)
        state[index] = Number(state[index]) ^ flip
        writeFileSync(path, state)
        const message = await refusal(folder, file)
        if (!/^3 .*\.json (is damaged|was written by a newer Postern)/.test(message))
          taken.push(`${index}: ${message}`)
        if (message.includes('argon2')) taken.push(`${index} is quoted`)
      }
    }
    t.same(taken, [], `${whole.length} bytes`)
    const names = readdirSync(folder).filter((name) => !lockFileName.test(name))
    t.same(names.sort(), ['keys.json', 'users.json'])
  })

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
      text.replace('"version": 3,\n', ''),
      text.replace('"version": 3', '"version": 2')
    ]) {
      t.not(edited, text)
      writeFileSync(path, edited)
      t.match(
        await refusal(folder, file),
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
    t.match(text, /^\{\n"version": 3,/)
    for (const newer of [
      text.replace('"version": 3', '"version": 4'),
      '{"version":12,"records":{}}',
      '{ "version" : 4, and something else'
    ]) {
      writeFileSync(path, newer)
      const format = /\d+/.exec(newer)
      const message = await refusal(folder, file)
      t.match(message, `3 ${path} was written by a newer Postern (format ${format}, this reads 3)`)
      t.notMatch(message, /damaged|move/)
      t.equal(readFileSync(path, 'utf8'), newer)
    }
  })
}

t.test('R13: a journal of a newer format is not called damaged', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'users.1.journal')
  writeFileSync(path, '{"version":4,"seq":1}\n\x1e and something else')
  t.match(
    await refusal(folder, 'users.json'),
    `3 ${path} was written by a newer Postern (format 4, this reads 3)`
  )
  t.same(readdirSync(folder), ['users.1.journal'])
})

t.test('R13: the files of release 0.1.0 are read, and written anew in the format of this one', async (t) => {
  for (const kind of ['stopped', 'killed']) {
    const folder = temporaryFolder(t)
    cpSync(join(import.meta.dirname, `../../../../test/store/file/0.1.0/${kind}`), folder, {
      recursive: true
    })
    const store = await openStore(folder)
    t.match(await store.findUserByName('alice'), { active: true, gen: 1 })
    t.match(await store.findUserByName('bob'), { active: false })
    t.equal(store.capture().sessions.length, 1)
    await store.createUser(createUser('carol'))
    await store.close()
    t.match(
      readFileSync(join(folder, 'users.json'), 'utf8'),
      /^\{\n"version": 3,[\s\S]+,\n"checksum": "[0-9a-f]{8}"\n\}\n$/
    )
    const again = await openStore(folder)
    t.equal(again.capture().users.length, 3)
    await again.close()

    const keys = await changeKeys(folder)
    t.equal(keys.length, 1)
    t.notMatch(
      readFileSync(join(folder, 'keys.json'), 'utf8'),
      /version|checksum/,
      'until the service starts'
    )
    await openGeneratedKeys(folder, 'ES256', now)
    t.match(
      readFileSync(join(folder, 'keys.json'), 'utf8'),
      /^\{\n"version": 3,[\s\S]+,\n"checksum": "[0-9a-f]{8}"\n\}\n$/
    )
    t.same(await changeKeys(folder), keys)
  }
})
