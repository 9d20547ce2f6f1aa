import { chmodSync, cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openRestoration, openStore } from '../../src/store/open-store.js'
import { withArrays } from '../support/backups.js'
import { temporaryFolder } from '../support/helper.js'
import { createUser, now } from '../support/records.js'

const written = join(import.meta.dirname, '../../../test/store/file')

async function open(folder: string) {
  return await openStore({ driver: 'file', folder }, { clock: Date.now, warn: () => {} })
}

/** Whether this folder counts as one of an earlier release, at each of three starts between which it changes. */
async function starts(t: Test, folder: string): Promise<boolean[]> {
  const answers: boolean[] = []
  for (const name of ['x', 'y', 'z']) {
    const { store, close, isFromEarlierRelease } = await open(folder)
    t.teardown(close)
    answers.push(isFromEarlierRelease)
    await store.createUser(createUser(name))
    await close()
  }
  return answers
}

for (const kind of [
  'format-1',
  '0.1.0/stopped',
  '0.1.0/killed',
  '0.2.0/killed',
  '0.5.0/stopped',
  '0.5.0/killed'
]) {
  t.test(`a data folder of ${kind} is one of an earlier release, and stays one`, async (t) => {
    const folder = temporaryFolder(t)
    cpSync(join(written, kind), folder, { recursive: true })
    chmodSync(folder, 0o700)
    t.same(await starts(t, folder), [true, true, true])
  })
}

t.test('a folder that this release has made is none of an earlier release, also after a kill', async (t) => {
  const folder = temporaryFolder(t)
  const { store, close } = await open(join(folder, 'stopped'))
  await store.createUser(createUser('alice'))
  const killed = join(folder, 'killed')
  cpSync(join(folder, 'stopped/users.1.journal'), join(killed, 'users.1.journal'))
  await close()
  chmodSync(killed, 0o700)
  t.same(await starts(t, killed), [false, false, false])
  t.same(await starts(t, join(folder, 'new')), [false, false, false])
  t.match(JSON.parse(readFileSync(join(folder, 'new/users.json'), 'utf8')), { version: 5, made: 5 })
})

t.test('a restored folder is new, wherever its content comes from', async (t) => {
  const source = temporaryFolder(t)
  cpSync(join(written, '0.5.0/stopped'), source, { recursive: true })
  chmodSync(source, 0o700)
  const { store, close } = await open(source)
  const { knownTime, ...records } = withArrays(await store.dump())
  await close()
  const folder = join(temporaryFolder(t), 'restored')
  const restoration = await openRestoration({ driver: 'file', folder }, () => now * 1000)
  await restoration.restore({ knownTime, records, keys: [] })
  await restoration.close()
  t.same(await starts(t, folder), [false, false, false])
})

t.test('what is kept in memory is of this release', async (t) => {
  const opened = await openStore({ driver: 'memory', folder: 'x' }, { clock: Date.now, warn: () => {} })
  t.teardown(opened.close)
  t.equal(opened.isFromEarlierRelease, false)
})
