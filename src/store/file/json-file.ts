import { createReadStream } from 'node:fs'
import { type FileHandle, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Adapter } from 'lowdb'
import { syncFolder } from './data-folder.js'
import { damaged, notWritable, unreadable } from './file-problems.js'
import { parseJsonObject } from './json-object.js'
import { createPrivateFile } from './private-file.js'

// A piece is made and handed to the disk before anything else happens: some 2 ms of work.
const pieceLength = 256 * 1024
const chunkLength = 1024 * 1024

/** How the content of a `JsonFile` is written and read. */
export interface JsonFormat<T> {
  /** The text of the file, a record at a time; what has changed since the first one was made may or may not be in it. */
  stringify(data: T): Iterable<string>
  /** The data in a parsed file. @throws `Error` whose message says where it is damaged, without quoting it. */
  check(value: unknown): T
}

/**
 * A lowdb adapter for a JSON file of mode 0600 that holds one object, and may be longer than a string can be. The file is
 * whole at any time, and has the new content on disk when `write` resolves. Writes must not overlap.
 */
export class JsonFile<T> implements Adapter<T> {
  readonly #path: string
  readonly #temporary: string
  readonly #format: JsonFormat<T>

  constructor(path: string, format: JsonFormat<T>) {
    this.#path = path
    this.#temporary = `${path}.tmp`
    this.#format = format
  }

  /**
   * The file's content, or null if there is no such file. A temporary file that a crash left behind is removed.
   *
   * @throws `StartupError` (damaged file) that says where, or that it cannot be read; the file stays untouched. (Folder
   *   not writable) when the temporary file cannot be removed.
   */
  async read(): Promise<T | null> {
    await rm(this.#temporary, { force: true }).catch((error: unknown) => {
      throw notWritable(dirname(this.#path), error)
    })
    try {
      const chunks = createReadStream(this.#path, { highWaterMark: chunkLength })
      return this.#format.check(await parseJsonObject(chunks))
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return null
      if (code !== undefined) throw unreadable(this.#path, error)
      throw damaged(this.#path, message)
    }
  }

  /**
   * Replaces the content, while other work goes on. Costs the content's size, two fsyncs and a rename. When it fails, the
   * file has the old content, or, if only the folder could not be synced, perhaps the new one.
   *
   * @throws the file system's error.
   */
  async write(data: T): Promise<void> {
    try {
      await this.#writeTemporary(data)
      await rename(this.#temporary, this.#path)
    } catch (error) {
      await rm(this.#temporary, { force: true }).catch(() => {})
      throw error
    }
    await syncFolder(dirname(this.#path))
  }

  // A descriptor whose fsync failed may report success at the next one: each try opens the file anew.
  async #writeTemporary(data: T): Promise<void> {
    await rm(this.#temporary, { force: true })
    const file = await createPrivateFile(this.#temporary)
    try {
      await writePieces(file, this.#format.stringify(data))
      await file.sync()
    } finally {
      await file.close()
    }
  }
}

async function writePieces(file: FileHandle, texts: Iterable<string>): Promise<void> {
  let piece = ''
  for (const text of texts) {
    piece += text
    if (piece.length < pieceLength) continue
    await file.writeFile(piece)
    piece = ''
  }
  await file.writeFile(piece)
}
