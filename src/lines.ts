const lineFeed = 0x0a

/** The bounds of lines, and the errors of those who read them. */
export interface LineLimits {
  /** Of a line, in bytes, without its line feed. */
  maxLength: number
  /** Makes the error of a line that is longer, by its number; the first is 1. */
  tooLong(line: number): Error
  /** Makes the error of a last line without a line feed, which is a line like the others unless this is given. */
  cutOff?(): Error
}

/**
 * The lines of these chunks, without their line feeds. Holds one line at a time.
 *
 * @throws the errors of the limits; what the chunks throw.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  { maxLength, tooLong, cutOff }: LineLimits
): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  let line = 1
  const lineWith = (last: Buffer) => {
    if (length + last.length > maxLength) throw tooLong(line)
    const whole = parts.length === 0 ? last : Buffer.concat([...parts, last])
    parts = []
    length = 0
    line += 1
    return whole
  }
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let start = 0
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
      yield lineWith(bytes.subarray(start, end))
      start = end + 1
    }
    if (start === bytes.length) continue
    parts.push(bytes.subarray(start))
    length += bytes.length - start
    if (length > maxLength) throw tooLong(line)
  }
  if (parts.length === 0) return
  if (cutOff !== undefined) throw cutOff()
  yield lineWith(Buffer.alloc(0))
}
