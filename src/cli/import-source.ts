import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { type ImportReader, type ImportRecord, type ImportSource, InvalidFile } from '../import/record.js'
import { linesOf } from '../lines.js'

// Of a line, in bytes. A call of the import takes no more.
const maxLineLength = 1024 * 1024

// Of a file that is one document, in bytes: V8 makes no longer text.
const maxDocumentLength = 512 * 1024 * 1024 - 64

/**
 * The file of an import, which is read twice: first to judge it, then to import it.
 *
 * @param hashConfig the path of the file with the parameters of the hashes.
 * @throws `InvalidFile` for what is no regular file: a pipe would be empty the second time. The error of the file system.
 */
export async function openImportSource(path: string, hashConfig: string | undefined): Promise<ImportSource> {
  if (!(await stat(path)).isFile())
    throw new InvalidFile('it is no regular file, and an import reads it twice')
  return {
    lines: () => textLines(path),
    text: () => documentText(path),
    ...(hashConfig !== undefined && { hashConfig: await documentText(hashConfig) }),
    now: Math.floor(Date.now() / 1000)
  }
}

/**
 * The records of the file.
 *
 * @throws `InvalidFile`, also for a file that cannot be read; it names nothing but the code of the failure.
 */
export async function* recordsOf(reader: ImportReader, source: ImportSource): AsyncGenerator<ImportRecord> {
  try {
    yield* reader(source)
  } catch (error) {
    throw asInvalidFile(error)
  }
}

/** The error of a file that cannot be read as an `InvalidFile`; any other as it is. */
export function asInvalidFile(error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  return syscall === undefined ? error : new InvalidFile(`the file cannot be read (${code})`)
}

async function* textLines(path: string): AsyncGenerator<string> {
  const limits = {
    maxLength: maxLineLength,
    tooLong: (line: number) => new InvalidFile(`line ${line} is longer than 1 MiB`)
  }
  let line = 0
  for await (const bytes of linesOf(createReadStream(path), limits)) {
    line += 1
    // Replacement characters would stand for a part of a name.
    if (!isUtf8(bytes)) throw new InvalidFile(`line ${line} is not UTF-8`)
    yield line === 1 ? withoutMark(bytes.toString()) : bytes.toString()
  }
}

async function documentText(path: string): Promise<string> {
  if ((await stat(path)).size > maxDocumentLength) throw new InvalidFile('it is larger than 512 MiB')
  const bytes = await readFile(path)
  if (!isUtf8(bytes)) throw new InvalidFile('it is not UTF-8')
  return withoutMark(bytes.toString())
}

// A byte order mark would be a part of the first name.
function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '')
}
