import { stat } from 'node:fs/promises'
import { basename } from 'node:path'

/** The identity of a file or a folder, unique as long as it exists. */
export function identityOf({ dev, ino }: { dev: number; ino: number }): string {
  return `${dev}:${ino}`
}

/** The identity of the file at a path; undefined if there is none. @throws the file system's error, except ENOENT. */
export async function identityAt(path: string): Promise<string | undefined> {
  try {
    return identityOf(await stat(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The reason to store nothing when a path leads to another file than before; `found` is the identity of the present one. */
export function misplaced(path: string, found: string | undefined): Error {
  const fate = found === undefined ? 'is gone' : 'was replaced'
  return new Error(
    `${basename(path)} ${fate}: nothing is stored until it is back, or the service is started again`
  )
}

/** @throws `Error` if the path does not lead to this file or folder any more. */
export async function requireSame({ path, identity }: { path: string; identity: string }): Promise<void> {
  const found = await identityAt(path)
  if (found !== identity) throw misplaced(path, found)
}
