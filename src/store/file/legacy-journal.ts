import { createReadStream } from 'node:fs'
import { checksum, type StoredBatch } from './batch.js'
import { damaged, unreadable } from './file-problems.js'

const chunkLength = 1024 * 1024
const lineFeed = 0x0a
const lineEnd = /,"crc":"([0-9a-f]{8})"\}$/

/** The format of such a journal. */
export const legacyFormat = 2

/** The first bytes of a journal of release 0.1.0. */
export const legacyStart = '{"seq":'

/**
 * Reads a journal of release 0.1.0: a JSON object a line, with its number first and its checksum last. A line without its
 * end was never acknowledged, and is passed over.
 *
 * @throws `StartupError` (damaged file) that says at which line, or that the file cannot be read.
 */
export async function readLegacyJournal(
  path: string,
  first: number,
  accept: (batch: StoredBatch) => void
): Promise<void> {
  let number = 0
  for await (const lines of completeLines(path)) {
    for (const line of lines) {
      number += 1
      const where = `line ${number}`
      const entry = parseLine(line) as { seq?: unknown } | undefined
      const seq = Number(entry?.seq)
      if (!Number.isSafeInteger(seq) || (number === 1 && seq !== first))
        throw damaged(path, `${where} is not as it was written`)
      accept({ seq, changes: 1, where, parse: () => [entry] })
    }
  }
}

/** The entry in a line, or undefined if it is not as it was written. */
function parseLine(line: string): unknown {
  const [end, expected] = lineEnd.exec(line) ?? []
  if (end === undefined) return undefined
  const text = `${line.slice(0, -end.length)}}`
  return checksum(text) === expected ? JSON.parse(text) : undefined
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
