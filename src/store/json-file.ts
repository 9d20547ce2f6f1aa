import { isUtf8 } from 'node:buffer'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Adapter } from 'lowdb'
import { notWritable, syncFolder } from '../data-folder.js'
import { StartupError } from '../errors.js'

/** How the content of a `JsonFile` is written and read. */
export interface JsonFormat<T> {
  stringify(data: T): string
  /** The data in a parsed file. @throws `Error` whose message says where it is damaged, without quoting it. */
  check(value: unknown): T
}

/**
 * A lowdb adapter for a JSON file of mode 0600 that is whole and on disk when `write` resolves, or else is as it was
 * before. Writes must not overlap. Cost of a write: the file's size, two fsyncs and a rename.
 */
export class JsonFile<T> implements Adapter<T> {
  readonly #path: string
  readonly #temporary: string
  readonly #format: JsonFormat<T>
  #acknowledged: T | null = null

  constructor(path: string, format: JsonFormat<T>) {
    this.#path = path
    this.#temporary = `${path}.tmp`
    this.#format = format
  }

  /**
   * The file's content, or null if there is no such file. A temporary file that a crash left behind was never
   * acknowledged, and is removed.
   *
   * @throws `StartupError` (damaged file) that says where, or that it cannot be read; the file stays untouched. (Folder
   *   not writable) when the temporary file cannot be removed.
   */
  async read(): Promise<T | null> {
    await rm(this.#temporary, { force: true }).catch((error: unknown) => {
      throw notWritable(dirname(this.#path), error)
    })
    const bytes = await readFile(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw new StartupError(
        'damagedFile',
        `${this.#path} cannot be read (${error.code}): check its owner and the disk`
      )
    })
    this.#acknowledged = bytes && this.#parse(bytes)
    return this.#acknowledged
  }

  /**
   * Replaces the content. Changes nothing when it fails, unless the disk fails again while the old content is being
   * put back.
   *
   * @throws the file system's error.
   */
  async write(data: T): Promise<void> {
    await this.#replace(data)
    try {
      await syncFolder(dirname(this.#path))
    } catch (error) {
      // The name leads to the new content already, although nobody may be told so: put the old content back, lest a
      // restart bring up a change that was reported as failed.
      await this.#restore().catch(() => {})
      throw error
    }
    this.#acknowledged = data
  }

  #parse(bytes: Buffer): T {
    if (!isUtf8(bytes)) throw this.#damaged('it is not valid UTF-8')
    const text = bytes.toString()
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw this.#damaged(describeSyntaxError(text))
    }
    try {
      return this.#format.check(value)
    } catch (error) {
      throw this.#damaged((error as Error).message)
    }
  }

  async #replace(data: T): Promise<void> {
    try {
      await this.#writeTemporary(data)
      await rename(this.#temporary, this.#path)
    } catch (error) {
      await rm(this.#temporary, { force: true }).catch(() => {})
      throw error
    }
  }

  // A descriptor whose fsync failed may report success at the next one: each try opens the file anew.
  async #writeTemporary(data: T): Promise<void> {
    const file = await open(this.#temporary, 'w', 0o600)
    try {
      await file.writeFile(this.#format.stringify(data))
      await file.sync()
    } finally {
      await file.close()
    }
  }

  async #restore(): Promise<void> {
    if (this.#acknowledged === null) await rm(this.#path)
    else await this.#replace(this.#acknowledged)
    await syncFolder(dirname(this.#path))
  }

  #damaged(where: string) {
    return new StartupError(
      'damagedFile',
      `${this.#path} is damaged: ${where}. It was left as it is: restore it from a backup, or move it away to start without it`
    )
  }
}

// V8's own message quotes the text around the place, which may be a password hash or a key, and seldom tells where it is.
function describeSyntaxError(text: string): string {
  const index = text.split('\n').findIndex((line) => !isWholeLine(line))
  return index === -1
    ? 'its brackets do not match, or it ends too early'
    : `it is not valid JSON at line ${index + 1}`
}

// A line as Postern and formatters break JSON: brackets, a value, a member, or the start of a member.
function isWholeLine(line: string): boolean {
  const text = line.trim().replace(/,$/, '')
  return /^[{}[\]]*$/.test(text) || [text, `{${text}}`, `{${text}]}`, `{${text}}}`].some(isJson)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
