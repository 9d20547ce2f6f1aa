import type { FileHandle } from 'node:fs/promises'
import { identityAt, identityOf, misplaced } from './file-identity.js'

/**
 * Knows whether a path still leads to the file that was last read there, or put there, or to none if there was none. The file
 * is held open, so that no other one gets its inode number.
 */
export class HeldFile {
  readonly #path: string
  #file: FileHandle | undefined
  /** The identity of the present file and, during a replacement, also that of the next one. */
  #identities: readonly (string | undefined)[] = [undefined]

  constructor(path: string) {
    this.#path = path
  }

  /** Notes the file that is about to be put there. @throws the file system's error. */
  async expect(file: FileHandle): Promise<void> {
    this.#identities = [this.#identities[0], identityOf(await file.stat())]
  }

  /** Takes over the file that is there now, and closes it in the end. @throws the file system's error. */
  async take(file: FileHandle): Promise<void> {
    const before = this.#file
    this.#file = file
    await before?.close()
    this.#identities = [identityOf(await file.stat())]
    // Windows does not put another file in the place of one that is open.
    if (process.platform === 'win32') await this.close()
  }

  /** Checks that it is still there. @throws `Error` that says that it is gone or was replaced; and the file system's. */
  async requireInPlace(): Promise<void> {
    await this.#require((found, identities) => identities.includes(found))
  }

  /** As `requireInPlace`, but it may be gone: another one is about to be put there. @throws as `requireInPlace`. */
  async requireReplaceable(): Promise<void> {
    await this.#require((found, identities) => found === undefined || identities.includes(found))
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  async #require(
    isRight: (found: string | undefined, identities: readonly (string | undefined)[]) => boolean
  ): Promise<void> {
    // It may be replaced while it is looked at.
    const before = this.#identities
    const found = await identityAt(this.#path)
    if (!isRight(found, before) && !isRight(found, this.#identities)) throw misplaced(this.#path, found)
  }
}
