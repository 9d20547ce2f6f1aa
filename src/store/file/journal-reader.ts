import { type FileHandle, open } from 'node:fs/promises'
import { checksum, fileHead, headLength, parseHead, recordSeparator, type StoredBatch } from './batch.js'
import { identityOf } from './file-identity.js'
import { damaged, unreadable } from './file-problems.js'
import { currentFormat, requireKnownFormat, statedFormats } from './format.js'
import { legacyFormat, legacyStart, readLegacyJournal } from './legacy-journal.js'

const chunkLength = 1024 * 1024
const sectorLength = 512

/** A journal whose batches have been read. */
export interface ReadJournal {
  /** Device and inode of the file. */
  readonly identity: string
  readonly format: number
  /** Whether its last batch is not whole on disk, and so was never acknowledged. */
  readonly isTorn: boolean
}

/**
 * Hands on the batches of a journal, the oldest first, and then syncs the file: after a kill, a batch that was read may not be
 * on disk yet. Costs the file's size; a batch is parsed only when `parse` is called.
 *
 * A bad last batch is passed over if a power failure can have left it: it is cut short, or has zeros where a sector was not
 * written. Any other bad batch was on disk once, and is damage.
 *
 * @param first the number of the first change, from the file's name.
 * @throws `StartupError` (damaged file), which says where the damage is, that the format is newer, or that the file cannot be
 *   read; and the errors of `accept`.
 */
export async function readJournal(
  path: string,
  first: number,
  accept: (batch: StoredBatch) => void
): Promise<ReadJournal> {
  // Windows syncs no file that was opened for reading only.
  const file = await open(path, process.platform === 'win32' ? 'r+' : 'r').catch((error: unknown) => {
    throw unreadable(path, error)
  })
  try {
    const reader = await createReader(file, path)
    const read = await readFormat(reader, first, accept)
    await file.sync().catch((error: unknown) => {
      throw unreadable(path, error)
    })
    return { identity: reader.identity, ...read }
  } finally {
    await file.close()
  }
}

async function readFormat(
  reader: JournalReader,
  first: number,
  accept: (batch: StoredBatch) => void
): Promise<Omit<ReadJournal, 'identity'>> {
  await reader.fill(headLength)
  const start = reader.peek(headLength).toString('latin1')
  if (start.startsWith(legacyStart)) {
    await readLegacyJournal(reader.path, first, accept)
    return { format: legacyFormat, isTorn: false }
  }
  const format = Number(/^\{"version":(\d+)/.exec(start)?.[1] ?? Number.NaN)
  requireKnownFormat(reader.path, format)
  const head = fileHead(first, format)
  if (!statedFormats.has(format) || !start.startsWith(head)) {
    await reader.requireTorn('its first line is not as it was written')
    return { format: currentFormat, isTorn: true }
  }
  reader.skip(head.length)
  return { format, isTorn: await readBatches(reader, first, accept) }
}

async function readBatches(
  reader: JournalReader,
  first: number,
  accept: (batch: StoredBatch) => void
): Promise<boolean> {
  let seq = first
  for (let number = 1; ; number += 1) {
    if (reader.remaining === 0) return false
    const where = `batch ${number} (at byte ${reader.offset})`
    const requireTorn = () => reader.requireTorn(`${where} is not as it was written`)
    if (reader.buffered < headLength) await reader.fill(headLength)
    const head = parseHead(reader.peek(headLength))
    const length = headLength + (head?.length ?? 0)
    if (head === undefined || length > reader.remaining) {
      await requireTorn()
      return true
    }
    if (reader.buffered < length) await reader.fill(length)
    const body = reader.peek(length).subarray(headLength)
    if (checksum(body) !== head.checksum) {
      await requireTorn()
      return true
    }
    if (head.seq !== seq) throw damaged(reader.path, `${where} is not the one that was written there`)
    accept({ seq, changes: head.changes, where, parse: () => parseBody(body) })
    seq += head.changes
    reader.skip(length)
  }
}

function parseBody(body: Buffer): unknown[] {
  return body
    .toString('utf8', 0, body.length - 1)
    .split('\n')
    .map((line) => JSON.parse(line))
}

async function createReader(file: FileHandle, path: string): Promise<JournalReader> {
  const { size, dev, ino } = await file.stat()
  return new JournalReader(file, path, size, identityOf({ dev, ino }))
}

/** A window on a file, which moves towards its end. */
class JournalReader {
  readonly path: string
  readonly identity: string
  readonly #file: FileHandle
  readonly #size: number
  #window: Buffer = Buffer.alloc(0)
  /** The position of the next byte in the window, and in the file. */
  #index = 0
  #offset = 0

  constructor(file: FileHandle, path: string, size: number, identity: string) {
    this.#file = file
    this.path = path
    this.#size = size
    this.identity = identity
  }

  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.#size - this.#offset
  }

  get buffered(): number {
    return this.#window.length - this.#index
  }

  /** The next bytes; fewer if the window holds fewer. */
  peek(length: number): Buffer {
    return this.#window.subarray(this.#index, this.#index + length)
  }

  skip(length: number): void {
    this.#index += length
    this.#offset += length
  }

  /** Reads until the window holds so many bytes, or the rest of the file. */
  async fill(length: number): Promise<void> {
    const rest = this.#window.subarray(this.#index)
    const end = this.#offset + rest.length
    const wanted = Math.min(Math.max(length - rest.length, chunkLength), this.#size - end)
    // A new buffer each time: batches that were handed on still refer to the old one.
    const chunk = Buffer.allocUnsafe(Math.max(wanted, 0))
    await this.#read(chunk, end)
    this.#window = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    this.#index = 0
  }

  /**
   * Requires that a power failure can have left the rest of the file: one batch, which is not whole.
   *
   * @throws `StartupError` (damaged file) if not.
   */
  async requireTorn(where: string): Promise<void> {
    const start = this.#offset
    let isTorn = this.remaining < headLength || this.#isCutShort()
    for (let offset = start; offset < this.#size; offset += chunkLength - (offset % chunkLength)) {
      const end = Math.min(offset + chunkLength - (offset % chunkLength), this.#size)
      const chunk = Buffer.allocUnsafe(end - offset)
      await this.#read(chunk, offset)
      const next = chunk.indexOf(recordSeparator, offset === start ? 1 : 0)
      if (next !== -1) throw damaged(this.path, where)
      isTorn ||= hasUnwrittenSector(chunk, offset)
    }
    if (!isTorn) throw damaged(this.path, where)
  }

  #isCutShort(): boolean {
    const head = parseHead(this.peek(headLength))
    return head !== undefined && headLength + head.length > this.remaining
  }

  async #read(chunk: Buffer, position: number): Promise<void> {
    let length = 0
    while (length < chunk.length) {
      const { bytesRead } = await this.#file
        .read(chunk, length, chunk.length - length, position + length)
        .catch((error: unknown) => {
          throw unreadable(this.path, error)
        })
      if (bytesRead === 0) throw damaged(this.path, 'it becomes shorter while it is read')
      length += bytesRead
    }
  }
}

/**
 * Whether a sector ends with two zeros, which bytes that were never written read as. JSON has no zeros. A single one may be a
 * letter with a flipped bit.
 */
function hasUnwrittenSector(bytes: Buffer, offset: number): boolean {
  for (let start = 0; start < bytes.length; ) {
    const end = Math.min(start + sectorLength - ((offset + start) % sectorLength), bytes.length)
    const tail = bytes.subarray(Math.max(start, end - 2), end)
    if (tail.every((byte) => byte === 0)) return true
    start = end
  }
  return false
}
