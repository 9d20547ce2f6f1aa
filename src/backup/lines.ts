import { BackupProblem } from './backup-problem.js'

// In bytes. The record of the largest account is a fiftieth of it.
const maxLength = 4 * 1024 * 1024

const lineFeed = 0x0a

/**
 * The lines of these chunks, without their line feeds.
 *
 * @throws `BackupProblem` for a line that is too long or has no end; what the chunks throw.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let start = 0
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
      const part = bytes.subarray(start, end)
      yield parts.length === 0 ? part : Buffer.concat([...parts, part])
      parts = []
      length = 0
      start = end + 1
    }
    if (start === bytes.length) continue
    parts.push(bytes.subarray(start))
    length += bytes.length - start
    if (length > maxLength) throw new BackupProblem('a line of it is too long')
  }
  if (parts.length > 0) throw new BackupProblem('it was cut off within a line')
}
