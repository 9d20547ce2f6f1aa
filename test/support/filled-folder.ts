import { openGeneratedKeys } from '../../src/keys/key-source.js'
import { folderStorage } from '../../src/store/file/folder-storage.js'
import { openJournaledStore } from '../../src/store/file/journaled-store.js'
import { createKeyFile } from '../../src/store/file/key-file.js'
import { createSession, createUser, hour, limits, now } from './records.js'

/** The store of a folder, whose warnings fail the test. */
export async function openFolderStore(folder: string) {
  return await openJournaledStore({
    ...folderStorage(folder),
    clock: () => now * 1000,
    warn(error) {
      throw error
    }
  })
}

/** Fills a folder with `users.json` and `keys.json`. */
export async function fillFolder(folder: string): Promise<void> {
  const store = await openFolderStore(folder)
  const alice = createUser('alice')
  await store.createUser(alice)
  await store.createSession(createSession(alice), limits)
  await store.revokeToken({ jti: 'a'.repeat(32), exp: now + 9 * hour })
  await store.close()
  await openGeneratedKeys(createKeyFile(folder), 'ES256', now)
}

const openers = {
  'users.json': async (folder: string) => await (await openFolderStore(folder)).close(),
  'keys.json': async (folder: string) => {
    await createKeyFile(folder).change((keys) => keys)
  }
}

/** The exit code and the message with which this file is refused, or an empty text. */
export async function refusalOf(folder: string, file: keyof typeof openers): Promise<string> {
  try {
    await openers[file](folder)
    return ''
  } catch (error) {
    return `${(error as { exitCode?: number }).exitCode} ${(error as Error).message}`
  }
}
