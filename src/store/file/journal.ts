import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { Compile } from 'typebox/compile'
import { syncFolder } from './data-folder.js'
import { damaged, unreadable } from './file-problems.js'
import { createPrivateFile } from './private-file.js'
import { type Change, JournalEntry } from './store-document.js'

const chunkLength = 1024 * 1024
const rehearsalLength = 48 * 1024
const lineFeed = 0x0a
const lineEnd = /,"crc":"([0-9a-f]{8})"\}$/

/** The changes since the last snapshot, each a line on disk. */
export interface Journal {
  /** The number of the last change. */
  readonly seq: number
  /** How many changes are in its files, which is what a start has to replay. */
  readonly length: number
  /** Whether there is no file of it. */
  readonly isEmpty: boolean
  /**
   * Appends changes, and resolves once all of them are on disk; calls must not overlap. When it fails, none of them is
   * kept, unless the disk fails again while they are being taken back: that is then done before the next call appends.
   *
   * @throws the file system's error.
   */
  append(changes: readonly Change[]): Promise<void>
  /**
   * Tries whether changes can be appended, by writing as much as some hundred of them to disk and taking it back, which
   * leaves no trace; must not overlap with another call.
   *
   * @throws the file system's error.
   */
  rehearse(): Promise<void>
  /**
   * Has the next change begin a new file, between two calls of `append`. The result removes the files up to here, once a
   * snapshot holds what is in them.
   */
  cut(): () => Promise<void>
  /** Closes the file that is open. */
  close(): Promise<void>
}

/**
 * Opens the journal `users.*.journal` in the folder, and replays what was changed after the number `seq`. The number in the
 * name of a file is that of its first change. A line without its end was never acknowledged, and is passed over.
 *
 * @throws `StartupError` (damaged file) that says at which line, or that a file cannot be read.
 */
export async function openJournal(
  folder: string,
  seq: number,
  replay: (change: Change) => void
): Promise<Journal> {
  const journal = new FileJournal(folder, seq)
  await journal.replay(replay)
  return journal
}

/** The file that is being appended to, and the size of what was acknowledged in it. */
interface OpenFile {
  path: string
  file: FileHandle
  size: number
}

class FileJournal implements Journal {
  readonly #folder: string
  /** The files with acknowledged changes, oldest first, and the number of changes in each. */
  readonly #lengths = new Map<string, number>()
  #current: OpenFile | undefined
  /** A file that ends with what was not acknowledged, and where that begins. */
  #torn: { path: string; size: number } | undefined
  #seq: number

  constructor(folder: string, seq: number) {
    this.#folder = folder
    this.#seq = seq
  }

  get seq(): number {
    return this.#seq
  }

  get length(): number {
    let sum = 0
    for (const length of this.#lengths.values()) sum += length
    return sum
  }

  get isEmpty(): boolean {
    return this.#lengths.size === 0
  }

  async replay(apply: (change: Change) => void): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => /^users\.\d+\.journal$/.test(name))
    if (names.length === 0) return
    const validator = Compile(JournalEntry)
    for (const name of names.sort((a, b) => firstSeq(a) - firstSeq(b))) {
      const path = join(this.#folder, name)
      let number = 0
      for await (const lines of completeLines(path)) {
        for (const line of lines) {
          number += 1
          const entry = parseLine(line)
          if (!validator.Check(entry) || (number === 1 && entry.seq !== firstSeq(name)))
            throw damaged(path, `line ${number} is not as it was written`)
          if (entry.seq > this.#seq + 1) throw damaged(path, `changes are missing before line ${number}`)
          // What a snapshot holds already may still be here: the program was killed before it had removed it.
          if (entry.seq <= this.#seq) continue
          apply(entry)
          this.#seq = entry.seq
        }
      }
      // The next file may get the name of one that was never acknowledged, and must not be taken for it.
      if (number === 0) await rm(path, { force: true })
      else this.#lengths.set(path, number)
    }
  }

  async append(changes: readonly Change[]): Promise<void> {
    const lines = changes.map((change, index) => toLine({ seq: this.#seq + 1 + index, ...change })).join('')
    const current = await this.#write(lines)
    current.size += Buffer.byteLength(lines)
    this.#seq += changes.length
    this.#lengths.set(current.path, (this.#lengths.get(current.path) ?? 0) + changes.length)
  }

  async rehearse(): Promise<void> {
    // A line without its end, which no start would take for a change; random, so that no file system can compress it.
    const current = await this.#write(randomBytes(rehearsalLength).toString('base64'))
    await this.#takeBack(current)
  }

  cut(): () => Promise<void> {
    const paths = [...this.#lengths.keys()]
    // All that was acknowledged is on disk already, whatever the closing says.
    this.close().catch(() => {})
    return async () => {
      for (const path of paths) {
        await rm(path, { force: true })
        this.#lengths.delete(path)
        if (this.#torn?.path === path) this.#torn = undefined
      }
      // What was taken back may still stand in them: they must not come back after a power failure.
      await syncFolder(this.#folder)
    }
  }

  async close(): Promise<void> {
    const file = this.#current?.file
    this.#current = undefined
    await file?.close()
  }

  /** Writes to the end of the current file, and to the disk; or, if it fails, takes back what it has written. */
  async #write(text: string): Promise<OpenFile> {
    await this.#mend()
    this.#current ??= await this.#begin()
    const current = this.#current
    try {
      await current.file.writeFile(text)
      await current.file.datasync()
    } catch (error) {
      await this.#takeBack(current).catch(() => {})
      throw error
    }
    return current
  }

  async #takeBack({ path, size }: OpenFile): Promise<void> {
    this.#torn = { path, size }
    // A descriptor whose sync failed may report success at the next one.
    await this.close().catch(() => {})
    await this.#mend()
  }

  async #begin(): Promise<OpenFile> {
    const path = join(this.#folder, `users.${this.#seq + 1}.journal`)
    const file = await createPrivateFile(path)
    try {
      await syncFolder(this.#folder)
    } catch (error) {
      await file.close()
      await rm(path, { force: true }).catch(() => {})
      throw error
    }
    return { path, file, size: 0 }
  }

  async #mend(): Promise<void> {
    if (this.#torn === undefined) return
    const { path, size } = this.#torn
    const file = await open(path, 'r+')
    try {
      await file.truncate(size)
      await file.sync()
    } finally {
      await file.close()
    }
    this.#torn = undefined
    if (size === 0) await rm(path, { force: true }).catch(() => {})
  }
}

function firstSeq(name: string): number {
  return Number(name.split('.')[1])
}

function toLine(entry: object): string {
  const text = JSON.stringify(entry)
  return `${text.slice(0, -1)},"crc":"${checksum(text)}"}\n`
}

/** The entry in a line, or undefined if it is not as it was written. */
function parseLine(line: string): unknown {
  const [end, expected] = lineEnd.exec(line) ?? []
  if (end === undefined) return undefined
  const text = `${line.slice(0, -end.length)}}`
  return checksum(text) === expected ? JSON.parse(text) : undefined
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}

async function* completeLines(path: string): AsyncGenerator<string[]> {
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: chunkLength })) {
      const end = chunk.lastIndexOf(lineFeed)
      if (end !== -1)
        yield Buffer.concat([rest, chunk.subarray(0, end)])
          .toString()
          .split('\n')
      rest = end === -1 ? Buffer.concat([rest, chunk]) : chunk.subarray(end + 1)
    }
  } catch (error) {
    throw unreadable(path, error)
  }
}
