import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Adapter } from 'lowdb'
import { StartupError } from '../../errors/startup-error.js'
import type { Acceptance } from '../driver.js'
import { syncFolder } from './data-folder.js'
import { DocumentChecksum } from './document-checksum.js'
import { damaged, notWritable, unreadable } from './file-problems.js'
import { currentFormat, requireKnownFormat } from './format.js'
import type { HeldFile } from './held-file.js'
import { parseJsonObject } from './json-object.js'
import { createPrivateFile } from './private-file.js'

// A piece is made and handed to the disk before anything else happens: some 2 ms of work.
const pieceLength = 256 * 1024
const chunkLength = 1024 * 1024

/** How the content of a `JsonFile` is written and read. */
export interface JsonFormat<T> {
  /**
   * The text of the file up to the end of its last member but the checksum, a record at a time; what has changed since the
   * first one was made may or may not be in it. Its first member is `"version": N`, the format of the file.
   */
  stringify(data: T): Iterable<string>
  /**
   * The data in a parsed file, also in one of an older format. @throws `Error` whose message says where it is damaged, without
   * quoting it.
   */
  check(value: Record<string, unknown>): T
}

const mismatch =
  'its checksum is not that of what is in it (if it was edited by hand, `postern data accept` takes it as it is)'
const versionPattern = /^\s*\{\s*"version"\s*:\s*(\d+)/

/**
 * A lowdb adapter for a JSON file of mode 0600 that holds one object, whose last member is the checksum of the rest, and may be
 * longer than a string can be. The file is whole at any time, and has the new content on disk when `write` resolves. Writes must not overlap.
 */
export class JsonFile<T> implements Adapter<T> {
  readonly #path: string
  readonly #temporary: string
  readonly #format: JsonFormat<T>
  readonly #held: HeldFile | undefined

  /** @param held is given the file that is at this path, once it was read or written. */
  constructor(path: string, format: JsonFormat<T>, held?: HeldFile) {
    this.#path = path
    // Hidden, so that a backup of `users.*` does not list what is gone in a moment.
    this.#temporary = join(dirname(path), `.${basename(path)}.tmp`)
    this.#format = format
    this.#held = held
  }

  /**
   * The file's content, or null if there is no such file. A temporary file that a crash left behind is removed.
   *
   * @throws `StartupError` (damaged file) that says where, that its checksum is not that of what is in it, that the file is of
   *   a newer format, or that it cannot be read; the file stays untouched. (Folder not writable) when the temporary file
   *   cannot be removed.
   */
  async read(): Promise<T | null> {
    return await this.#read((isIntact, value) => {
      if (isIntact) return
      const isOld = value.version !== currentFormat && !('checksum' in value)
      if (!isOld) throw new Error(mismatch)
    })
  }

  /**
   * Takes the file as it is, whatever its checksum says, and writes it anew with the checksum of what is in it, unless it has
   * that already.
   *
   * @throws as `read`, but for the checksum; and as `write`.
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
    // Release 0.1.0 called it by the second name.
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

  /** With a file that is at its path. */
  async #finish(file: FileHandle): Promise<void> {
    if (this.#held === undefined) await file.close()
    else await this.#held.take(file)
  }

  // Before anything else is judged: a newer release may write what is damage to this one.
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
   * Replaces the content, while other work goes on. Costs the content's size, two fsyncs and a rename. When it fails, the
   * file has the old content, or, if only the folder could not be synced, perhaps the new one.
   *
   * @throws the file system's error.
   */
  async write(data: T): Promise<void> {
    await rm(this.#temporary, { force: true })
    const file = await createPrivateFile(this.#temporary)
    try {
      await writePieces(file, this.#format.stringify(data))
      // A descriptor whose fsync failed may report success at the next one: each try opens the file anew.
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
