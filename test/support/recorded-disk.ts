import fs, { type PathLike } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join, resolve } from 'node:path'
import type { Test } from 'tap'

/** What was done to a folder, or what is noted between. Files are known by a number, whatever their names. */
export type Operation =
  | { kind: 'create' | 'unlink'; path: string; file: number }
  | { kind: 'rename'; path: string; to: string; file: number }
  | { kind: 'write'; file: number; offset: number; data: Buffer }
  | { kind: 'truncate'; file: number; size: number }
  | { kind: 'sync'; file: number }
  | { kind: 'syncFolder' }
  | { kind: 'note'; note: () => void }

/** Records all that this process does to a folder by `node:fs/promises`, until the test ends. */
export class RecordedDisk {
  readonly operations: Operation[] = []
  /** Have the syncs of a file never come back from now on, as in a process that is killed. */
  isStalled = false
  /** How many syncs never come back. */
  stalled = 0
  readonly #folder: string
  readonly #files = new Map<string, number>()
  #count = 0

  constructor(t: Test, folder: string) {
    this.#folder = resolve(folder)
    const { open, rename, rm } = fs.promises
    fs.promises.open = async (path, flags, mode) => this.#watch(await open(path, flags, mode), path, flags)
    fs.promises.rename = async (from, to) => {
      await rename(from, to)
      const file = this.#files.get(String(from))
      if (file === undefined) return
      this.operations.push({ kind: 'rename', path: String(from), to: String(to), file })
      this.#files.delete(String(from))
      this.#files.set(String(to), file)
    }
    fs.promises.rm = async (path, options) => {
      await rm(path, options)
      const file = this.#files.get(String(path))
      if (file === undefined) return
      this.operations.push({ kind: 'unlink', path: String(path), file })
      this.#files.delete(String(path))
    }
    syncBuiltinESMExports()
    t.teardown(() => {
      Object.assign(fs.promises, { open, rename, rm })
      syncBuiltinESMExports()
    })
  }

  /** Notes something at this point, which is called as the operations are gone through again. */
  note(note: () => void): void {
    this.operations.push({ kind: 'note', note })
  }

  #watch(handle: FileHandle, path: PathLike, flags: string | number | undefined): FileHandle {
    const name = resolve(String(path))
    if (name === this.#folder)
      return this.#watchSync(handle, () => this.operations.push({ kind: 'syncFolder' }))
    if (!name.startsWith(`${this.#folder}/`)) return handle
    const file = this.#files.get(name) ?? this.#create(name)
    if (flags === 'w') this.operations.push({ kind: 'truncate', file, size: 0 })
    let offset = 0
    const { writeFile, truncate } = handle
    handle.writeFile = async (content) => {
      const data = Buffer.from(String(content))
      this.operations.push({ kind: 'write', file, offset, data })
      offset += data.length
      await writeFile.call(handle, content)
    }
    handle.truncate = async (size = 0) => {
      this.operations.push({ kind: 'truncate', file, size })
      await truncate.call(handle, size)
    }
    return this.#watchSync(handle, () => this.operations.push({ kind: 'sync', file }))
  }

  #watchSync(handle: FileHandle, record: () => void): FileHandle {
    const { sync, datasync } = handle
    const watched = (original: () => Promise<void>) => async () => {
      if (this.isStalled) {
        this.stalled += 1
        await new Promise(() => {})
      }
      await original.call(handle)
      record()
    }
    return Object.assign(handle, { sync: watched(sync), datasync: watched(datasync) })
  }

  #create(path: string): number {
    this.#count += 1
    this.#files.set(path, this.#count)
    this.operations.push({ kind: 'create', path, file: this.#count })
    return this.#count
  }
}

type FileOperation = Extract<Operation, { kind: 'write' | 'truncate' }>
type NameOperation = Extract<Operation, { kind: 'create' | 'rename' | 'unlink' }>

/** A disk that keeps for certain only what was synced. */
export class VolatileDisk {
  readonly #durable = new Map<number, Buffer>()
  readonly #pending = new Map<number, FileOperation[]>()
  #names = new Map<string, number>()
  #pendingNames: NameOperation[] = []

  /** Goes through an operation that was recorded. */
  apply(operation: Operation): void {
    if (operation.kind === 'note') operation.note()
    else if (operation.kind === 'write' || operation.kind === 'truncate') {
      this.#pending.set(operation.file, [...(this.#pending.get(operation.file) ?? []), operation])
    } else if (operation.kind === 'sync') {
      this.#durable.set(operation.file, this.#contentOf(operation.file))
      this.#pending.delete(operation.file)
    } else if (operation.kind === 'syncFolder') {
      this.#names = this.#namesAfter(this.#pendingNames)
      this.#pendingNames = []
    } else this.#pendingNames.push(operation)
  }

  /**
   * What a power failure may leave at this point, as the content of each file by its name: of the names, the first so many
   * changes, or all but one; of each file that was not synced nothing, all, or all up to some byte, or some of its blocks and
   * zeros, or what was there before, for the others.
   */
  *crashes(): Generator<Map<string, Buffer>> {
    for (const names of this.#nameStates()) {
      const unsynced = [...new Set(names.values())].filter((file) => this.#pending.has(file))
      yield this.#toContents(names, new Map())
      const whole = new Map(unsynced.map((file) => [file, this.#contentOf(file)]))
      if (unsynced.length > 0) yield this.#toContents(names, whole)
      for (const file of unsynced) {
        for (const state of partialStates(this.#durableOf(file), this.#contentOf(file))) {
          yield this.#toContents(names, new Map([...whole, [file, state]]))
        }
      }
    }
  }

  *#nameStates(): Generator<Map<string, number>> {
    const pending = this.#pendingNames
    for (let length = 0; length <= pending.length; length += 1)
      yield this.#namesAfter(pending.slice(0, length))
    for (let left = 0; left < pending.length - 1; left += 1) {
      yield this.#namesAfter(pending.filter((_, index) => index !== left))
    }
  }

  #namesAfter(operations: readonly NameOperation[]): Map<string, number> {
    const names = new Map(this.#names)
    for (const operation of operations) {
      if (operation.kind === 'create') names.set(operation.path, operation.file)
      else if (names.get(operation.path) === operation.file) names.delete(operation.path)
      if (operation.kind === 'rename') names.set(operation.to, operation.file)
    }
    return names
  }

  #toContents(names: Map<string, number>, states: Map<number, Buffer>): Map<string, Buffer> {
    return new Map(Array.from(names, ([path, file]) => [path, states.get(file) ?? this.#durableOf(file)]))
  }

  #durableOf(file: number): Buffer {
    return this.#durable.get(file) ?? Buffer.alloc(0)
  }

  #contentOf(file: number): Buffer {
    let content = this.#durableOf(file)
    for (const operation of this.#pending.get(file) ?? []) {
      if (operation.kind === 'truncate')
        content = extended(content, operation.size).subarray(0, operation.size)
      else {
        content = extended(content, operation.offset + operation.data.length)
        operation.data.copy(content, operation.offset)
      }
    }
    return content
  }
}

function* partialStates(before: Buffer, after: Buffer): Generator<Buffer> {
  const changed = Math.min(before.length, after.length)
  for (const part of [0.01, 0.3, 0.7, 0.99]) {
    yield after.subarray(0, changed + Math.floor((after.length - changed) * part))
  }
  for (const blockLength of [512, 4096]) {
    const first = Math.floor(changed / blockLength)
    const count = Math.ceil(after.length / blockLength) - first
    const step = Math.max(1, Math.floor(count / 4))
    for (let chosen = 0; chosen < count; chosen += step) {
      yield mixed(before, after, blockLength, (block) => block === first + chosen)
      yield mixed(before, after, blockLength, (block) => block !== first + chosen)
      yield mixed(before, after, blockLength, (block) => block > first + chosen)
    }
    yield mixed(before, after, blockLength, () => Math.random() < 0.5)
  }
}

/** The blocks that are written, and what was there before of the others, in the new length. */
function mixed(
  before: Buffer,
  after: Buffer,
  blockLength: number,
  isWritten: (block: number) => boolean
): Buffer {
  const content = Buffer.from(extended(before, after.length).subarray(0, after.length))
  for (let start = 0; start < after.length; start += blockLength) {
    if (isWritten(start / blockLength))
      after.copy(content, start, start, Math.min(start + blockLength, after.length))
  }
  return content
}

function extended(content: Buffer, length: number): Buffer {
  const longer = Buffer.alloc(Math.max(length, content.length))
  content.copy(longer)
  return longer
}

/** Fills an empty folder with such contents. */
export function writeContents(folder: string, contents: Map<string, Buffer>): void {
  for (const [path, content] of contents)
    fs.writeFileSync(join(folder, path.slice(path.lastIndexOf('/'))), content)
}
