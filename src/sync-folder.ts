import { open } from 'node:fs/promises'

/** Makes the names in a folder durable: without it a new or renamed file may be gone after a power failure. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, and needs no such call.
  if (process.platform === 'win32') return
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
