import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Adapter } from 'lowdb'
import { StartupError } from '../../errors/startup-error.js'
import { syncFolder } from '../../sync-folder.js'
import type { Acceptance } from '../driver.js'
import { DocumentChecksum } from './document-checksum.js'
import { damaged, notWritable, unreadable } from './file-problems.js'
import { requireKnownFormat, statedFormats } from './format.js'
import type { HeldFile } from './held-file.js'
import { parseJsonObject } from './json-object.js'
import { createPrivateFile } from './private-file.js'

// The text that is made and handed to the disk in one turn of the event loop: some 2 ms of work.
const pieceLength = 256 * 1024
const chunkLength = 1024 * 1024

/** How the content of a `JsonFile` is written and read. */
export interface JsonFormat<T> {
  /**
   * The text of the file without the checksum, which is its last member; one record at a time. The first member is
   * `"version": N`, the format of the file. Changes that are made after the first record may or may not be in it.
   */
  stringify(data: T): Iterable<string>
  /**
   * The data in a parsed file, also of an older format. @throws `Error` whose message says where the file is damaged, and
   * quotes nothing of it.
   */
  check(value: Record<string, unknown>): T
}

const mismatch =
  'its checksum is not that of what is in it (if it was edited by hand, `postern data accept` takes it as it is)'
const versionPattern = /^\s*\{\s*"version"\s*:\s*(\d+)/

/**
 * A lowdb adapter for a JSON file of mode 0600. The file holds one object, whose last member is the checksum of the rest. It
 * may be longer than the longest string. It is whole at any time, and its new content is on disk when `write` resolves.
 * Writes must not overlap.
 */
export class JsonFile<T> implements Adapter<T> {
  readonly #path: string
  readonly #temporary: string
  readonly #format: JsonFormat<T>
  readonly #held: HeldFile | undefined

  /** @param held receives the file at this path after each read and write. */
  constructor(path: string, format: JsonFormat<T>, held?: HeldFile) {
    this.#path = path
    // Hidden, so that a backup of `users.*` does not list a file that is gone in a moment.
    this.#temporary = join(dirname(path), `.${basename(path)}.tmp`)
    this.#format = format
    this.#held = held
  }

  /**
   * The file's content, or null if there is no such file. A temporary file that a crash left behind is removed.
   *
   * @throws `StartupError` (damaged file), which says where the damage is, that the checksum does not match, that the format is
   *   newer, or that the file cannot be read; the file stays as it is. `StartupError` (folder not writable) if the temporary
   *   file cannot be removed.
   */
  async read(): Promise<T | null> {
    return await this.#read((isIntact, value) => {
      if (isIntact) return
      const isOld = !statedFormats.has(value.version) && !('checksum' in value)
      if (!isOld) throw new Error(mismatch)
    })
  }

  /**
   * Reads the file without regard to its checksum. If the checksum does not match, it writes the file with the right one.
   *
   * @throws as `read`, except for the checksum; and as `write`.
   */
  async accept(): Promise<Acceptance> {
    let isIntact = false
    const data = await this.#read((isMatched) => {
      isIntact = isMatched
    })
    if (data === null) return 'missing'
    if (isIntact) return 'intact'
    await this.write(data)
    return 'accepted'
  }

  async #read(judge: (isIntact: boolean, value: Record<string, unknown>) => void): Promise<T | null> {
    // Release 0.1.0 used the second name.
    for (const leftover of [this.#temporary, `${this.#path}.tmp`]) {
      await rm(leftover, { force: true }).catch((error: unknown) => {
        throw notWritable(dirname(this.#path), error)
      })
    }
    const file = await open(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw unreadable(this.#path, error)
    })
    if (file === null) return null
    try {
      const checksum = new DocumentChecksum()
      const value = await parseJsonObject(checksum.watch(this.#requireKnownFormat(chunksOf(file))))
      judge(checksum.isIntact(), value)
      const data = this.#format.check(value)
      await this.#finish(file)
      return data
    } catch (error) {
      await file.close()
      if (error instanceof StartupError) throw error
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== undefined) throw unreadable(this.#path, error)
      throw damaged(this.#path, message)
    }
  }

  /** Ends the use of the file that is now at the path, or hands it to `held`. */
  async #finish(file: FileHandle): Promise<void> {
    if (this.#held === undefined) await file.close()
    else await this.#held.take(file)
  }

  // Comes before all other checks: to this release the file of a newer one may look damaged.
  async *#requireKnownFormat(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let isFirst = true
    for await (const chunk of chunks) {
      const [, format] = (isFirst && versionPattern.exec(chunk.toString('latin1', 0, 100))) || []
      if (format !== undefined) requireKnownFormat(this.#path, Number(format))
      isFirst = false
      yield chunk
    }
  }

  /**
   * Replaces the content while other work goes on. Costs the content's size, two fsyncs and a rename. After a failure the file
   * has the old content; if only the sync of the folder failed, it may have the new one.
   *
   * @throws the file system's error.
   */
  async write(data: T): Promise<void> {
    await rm(this.#temporary, { force: true })
    const file = await createPrivateFile(this.#temporary)
    try {
      await writePieces(file, this.#format.stringify(data))
      // After a failed fsync the next one on the same descriptor may report success: each attempt opens a new file.
      await file.sync()
      await this.#held?.expect(file)
      await rename(this.#temporary, this.#path)
    } catch (error) {
      await file.close().catch(() => {})
      await rm(this.#temporary, { force: true }).catch(() => {})
      throw error
    }
    await this.#finish(file)
    await syncFolder(dirname(this.#path))
  }
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkLength), 0, chunkLength)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}

async function writePieces(file: FileHandle, texts: Iterable<string>): Promise<void> {
  const checksum = new DocumentChecksum()
  let piece = ''
  for (const text of texts) {
    piece += text
    if (piece.length < pieceLength) continue
    checksum.add(piece)
    await file.writeFile(piece)
    piece = ''
  }
  checksum.add(piece)
  await file.writeFile(piece + checksum.toTail())
}
