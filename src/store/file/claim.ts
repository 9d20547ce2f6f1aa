import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { notWritable } from './file-problems.js'

/** A folder that is held open, so that a short path still leads to its files after it was moved. */
export interface OpenFolder {
  /** The path that it was opened by. */
  readonly path: string
  /** The path of a file in it. On Linux short enough for a socket, which Node 20 cuts to 107 bytes without a word. */
  at(name: string): string
  close(): Promise<void>
}

/** A name in the folder that shows others whether its owner still runs. */
export interface Claim {
  /** Ends the owner's sign of life; the name stays. */
  end(): Promise<void>
}

/** A way to claim a name in a folder. */
export interface ClaimKind {
  readonly extension: string
  /**
   * Claims a name.
   *
   * @throws the file system's error: EEXIST when the name is taken, ENOENT when another process that starts was faster, and
   *   one of `unsupported` where the file system does not know this kind.
   */
  make(folder: OpenFolder, name: string): Promise<Claim>
  /** Whether the owner of a name still runs; one that is gone has none. @throws the file system's error if it cannot be told. */
  isLive(folder: OpenFolder, name: string): Promise<boolean>
}

/**
 * Opens a folder for its files to be claimed.
 *
 * @throws the file system's error if it is not there; else `StartupError` (folder not writable).
 */
export async function openFolder(path: string): Promise<OpenFolder> {
  if (process.platform !== 'linux') return { path, at: (name) => join(path, name), close: async () => {} }
  const handle = await openToHold(path)
  const base = `/proc/self/fd/${handle.fd}`
  return { path, at: (name) => `${base}/${name}`, close: () => handle.close() }
}

async function openToHold(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? error : notWritable(path, error)
  }
}
