import { constants } from 'node:fs'
import { type FileHandle, open, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

// A name that somebody else has put there, a symbolic link above all, is refused and not written through.
const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)

/** The bit of a mode by which the group may write to a file or folder. */
export const groupWrite = 0o020

/** A user and a group, by their ids. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/**
 * Makes a file of mode 0600 and opens it for writing. It belongs to this user; if that is root, to the owner of its folder,
 * who must be able to read it later.
 *
 * @throws the file system's error: EEXIST if there is anything of this name, a symbolic link included.
 */
export async function createPrivateFile(path: string): Promise<FileHandle> {
  const owner = await requiredOwner(dirname(path))
  const file = await open(path, newFile, 0o600)
  try {
    if (owner !== undefined) await file.chown(owner.uid, owner.gid)
    return file
  } catch (error) {
    await file.close()
    await removeFile(path).catch(() => {})
    throw error
  }
}

/** The owner that new files in this folder must be given: another user's folder, if root works on it; else undefined. */
export async function requiredOwner(folder: string): Promise<Owner | undefined> {
  if (process.geteuid?.() !== 0) return undefined
  const { uid, gid } = await stat(folder)
  return uid === 0 ? undefined : { uid, gid }
}

/**
 * Removes a file, if it is there, with one system call. Not by `rm`: once that has removed a socket, Node 20 and 22 do not
 * follow symbolic links to packages any more.
 *
 * @throws the file system's error.
 */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
