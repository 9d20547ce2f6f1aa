import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Compile } from 'typebox/compile'
import { syncFolder } from '../../sync-folder.js'
import { fileHead, toBatch } from './batch.js'
import type { Change } from './change.js'
import { identityAt, identityOf, requireSame } from './file-identity.js'
import { damaged } from './file-problems.js'
import type { HeldFile } from './held-file.js'
import type { Journal } from './journal.js'
import { firstSeq, journalName, journalNames } from './journal-names.js'
import { readJournal } from './journal-reader.js'
import { createPrivateFile } from './private-file.js'
import { StoredChange, toChange } from './store-document.js'

const probeLength = 48 * 1024

/**
 * Opens the journal `users.*.journal` in the folder, replays the changes after the number `seq`, and syncs its files. The
 * number in the name of a file is that of its first change. A last batch that is not whole on disk was never acknowledged,
 * and is passed over.
 *
 * @param snapshot the file of the snapshot of that number; without it the changes are useless.
 * @throws `StartupError` (damaged file) as `readJournal`, and if changes are missing; the snapshot is then closed.
 */
export async function openJournal(
  folder: string,
  seq: number,
  replay: (change: Change) => void,
  snapshot?: HeldFile
): Promise<Journal> {
  try {
    const journal = new FileJournal(folder, seq, identityOf(await stat(folder)), snapshot)
    await journal.replay(replay)
    return journal
  } catch (error) {
    await snapshot?.close()
    throw error
  }
}

/** The file that changes are appended to, and the size of its acknowledged part. */
interface OpenFile {
  path: string
  identity: string
  file: FileHandle
  size: number
}

/** The start of the unacknowledged bytes in a file. */
type Tail = Pick<OpenFile, 'path' | 'identity' | 'size'>

class FileJournal implements Journal {
  readonly unacknowledgedTails: string[] = []
  oldestFormat: number | undefined
  readonly #folder: string
  readonly #folderIdentity: string
  readonly #snapshot: HeldFile | undefined
  /** The files with acknowledged changes that no snapshot holds, oldest first. */
  readonly #uncompacted = new Map<string, { changes: number; identity: string }>()
  /** The files whose changes are all in a snapshot. */
  readonly #compacted = new Set<string>()
  #current: OpenFile | undefined
  #tail: Tail | undefined
  #seq: number

  constructor(folder: string, seq: number, folderIdentity: string, snapshot: HeldFile | undefined) {
    this.#folder = folder
    this.#snapshot = snapshot
    this.#seq = seq
    this.#folderIdentity = folderIdentity
  }

  get seq(): number {
    return this.#seq
  }

  get length(): number {
    let sum = 0
    for (const { changes } of this.#uncompacted.values()) sum += changes
    return sum
  }

  get isEmpty(): boolean {
    return this.#uncompacted.size === 0
  }

  async replay(apply: (change: Change) => void): Promise<void> {
    const names = await journalNames(this.#folder)
    if (names.length === 0) return
    const validator = Compile(StoredChange)
    for (const [index, name] of names.entries()) {
      const path = join(this.#folder, name)
      // All changes of the file are in the snapshot: the program was killed before it removed the file.
      if (firstSeq(names[index + 1] ?? '') <= this.#seq + 1) {
        this.#compacted.add(path)
        continue
      }
      let count = 0
      const { isTorn, identity, format } = await readJournal(
        path,
        firstSeq(name),
        ({ seq, changes, where, parse }) => {
          if (seq > this.#seq + 1) throw damaged(path, `changes are missing before ${where}`)
          count += changes
          // The snapshot holds this batch already: the program was killed before it removed the file.
          if (seq + changes <= this.#seq + 1) return
          const entries = parse()
          if (entries.length !== changes || !entries.every((entry) => validator.Check(entry)))
            throw damaged(path, `${where} is not as it was written`)
          for (const entry of entries.slice(this.#seq + 1 - seq)) {
            apply(toChange(entry))
            this.#seq += 1
          }
        }
      )
      if (isTorn) this.unacknowledgedTails.push(name)
      // Nothing in the file was acknowledged, and the next file may get its name.
      if (count === 0) await rm(path, { force: true })
      else {
        this.#uncompacted.set(path, { changes: count, identity })
        this.oldestFormat = Math.min(format, this.oldestFormat ?? format)
      }
    }
    // The names of the files may not be on disk yet, any more than their content was.
    await syncFolder(this.#folder)
  }

  async append(changes: readonly Change[]): Promise<void> {
    const body = changes.map((change) => `${JSON.stringify(change)}\n`).join('')
    const { current, length } = await this.#write(changes.length, body)
    current.size += length
    this.#seq += changes.length
    const { path, identity } = current
    const before = this.#uncompacted.get(path)?.changes ?? 0
    this.#uncompacted.set(path, { changes: before + changes.length, identity })
  }

  async probeWrite(): Promise<void> {
    // A batch without changes does no harm if it stays. It is random, so that no file system can compress it.
    const { current } = await this.#write(0, randomBytes(probeLength).toString('base64'))
    await this.#takeBack(current)
  }

  async requireInPlace(): Promise<void> {
    await this.#requireFolder()
    await this.#snapshot?.requireInPlace()
    for (const [path, { identity }] of this.#uncompacted) await requireSame({ path, identity })
  }

  async requireCompactable(): Promise<void> {
    await this.#requireFolder()
    await this.#snapshot?.requireReplaceable()
    for (const [path, { identity }] of this.#uncompacted) {
      if ((await identityAt(path)) !== undefined) await requireSame({ path, identity })
    }
  }

  rotate(): () => void {
    const paths = [...this.#uncompacted.keys()]
    // Every acknowledged change is already on disk, so a failed close loses nothing.
    this.#closeCurrent().catch(() => {})
    return () => {
      for (const path of paths) {
        this.#uncompacted.delete(path)
        this.#compacted.add(path)
      }
    }
  }

  async removeCompacted(): Promise<void> {
    if (this.#compacted.size === 0) return
    await this.#requireFolder()
    for (const path of this.#compacted) {
      await rm(path, { force: true })
      this.#compacted.delete(path)
      if (this.#tail?.path === path) this.#tail = undefined
    }
    await syncFolder(this.#folder)
  }

  async close(): Promise<void> {
    await this.#closeCurrent().finally(() => this.#snapshot?.close())
  }

  async #closeCurrent(): Promise<void> {
    const file = this.#current?.file
    this.#current = undefined
    await file?.close()
  }

  /** Appends a batch to the current file, and syncs it. If that fails, it removes the part that was written. */
  async #write(changes: number, body: string): Promise<{ current: OpenFile; length: number }> {
    await this.#truncateTail()
    this.#current ??= await this.#begin()
    const current = this.#current
    const batch = toBatch(this.#seq + 1, changes, body)
    const text = current.size === 0 ? fileHead(this.#seq + 1) + batch : batch
    try {
      await current.file.writeFile(text)
      // A descriptor goes on taking writes after its file was deleted or replaced, and nobody could ever read them. Without its
      // snapshot the next start could not use the batch either.
      await Promise.all([current.file.datasync(), requireSame(current), this.#snapshot?.requireInPlace()])
    } catch (error) {
      await this.#takeBack(current).catch(() => {})
      throw error
    }
    return { current, length: Buffer.byteLength(text) }
  }

  async #takeBack({ path, identity, size }: OpenFile): Promise<void> {
    this.#tail = { path, identity, size }
    // After a failed sync the next one on the same descriptor may report success.
    await this.#closeCurrent().catch(() => {})
    await this.#truncateTail()
  }

  async #begin(): Promise<OpenFile> {
    await this.#requireFolder()
    const path = join(this.#folder, journalName(this.#seq + 1))
    // Made exclusively: a file of that name would belong to another process, and hold changes that it has acknowledged.
    const file = await createPrivateFile(path)
    const identity = identityOf(await file.stat())
    try {
      await syncFolder(this.#folder)
    } catch (error) {
      this.#tail = { path, identity, size: 0 }
      await file.close()
      await this.#truncateTail().catch(() => {})
      throw error
    }
    return { path, identity, file, size: 0 }
  }

  async #truncateTail(): Promise<void> {
    if (this.#tail === undefined) return
    const tail = this.#tail
    await requireSame(tail)
    const file = await open(tail.path, 'r+')
    try {
      await file.truncate(tail.size)
      await file.sync()
    } finally {
      await file.close()
    }
    if (tail.size === 0) await rm(tail.path, { force: true })
    this.#tail = undefined
  }

  async #requireFolder(): Promise<void> {
    await requireSame({ path: this.#folder, identity: this.#folderIdentity })
  }
}
