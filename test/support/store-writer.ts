// A process to be killed: eight writers change a store that compacts its journal all the time, in the folder of its first
// argument, and print the name of each user whose change was acknowledged.

import { writeSync } from 'node:fs'
import { createId } from '../../src/ids.js'
import { folderStorage } from '../../src/store/file/folder-storage.js'
import { openJournaledStore } from '../../src/store/file/journaled-store.js'

const [folder = '', round = ''] = process.argv.slice(2)

const store = await openJournaledStore({
  ...folderStorage(folder),
  clock: Date.now,
  warn(error) {
    // Without one it says that the last batch was cut off by a kill.
    if (error !== undefined) throw error
  },
  compactAfter: () => 1
})

const hash = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'

async function write(writer: number): Promise<never> {
  for (let number = 0; ; number += 1) {
    const name = `${round}-${writer}-${number}`
    const user = { uid: createId(), name, hash, state: 'active' as const, gen: 0, createdAt: 0 }
    await store.createUser(user)
    await store.replaceUser(user, { ...user, gen: 1 })
    // Not by `process.stdout`, whose pipe may still hold what this process was told is on disk when it is killed.
    writeSync(1, `${name}\n`)
  }
}

await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(write))
