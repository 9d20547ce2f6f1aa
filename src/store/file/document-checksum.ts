import { crc32 } from 'node:zlib'
import { toHex } from './batch.js'

const tailLength = 27
const tailPattern = /^,\n"checksum": "([0-9a-f]{8})"\n\}\n$/

/**
 * The CRC-32 of a document whose last member it is. It covers all bytes before that member, the comma between them not
 * included, and costs less than a thousandth of a second a megabyte.
 */
export class DocumentChecksum {
  #sum = 0
  #tail: Buffer = Buffer.alloc(0)

  /** Takes the next part of a document that is written. */
  add(text: string): void {
    this.#sum = crc32(text, this.#sum)
  }

  /** The end of the document, once everything else has been added. */
  toTail(): string {
    return `,\n"checksum": "${toHex(this.#sum)}"\n}\n`
  }

  /** Hands on the chunks of a document that is read, and takes them. */
  async *watch(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      const bytes = chunk.length < tailLength ? Buffer.concat([this.#tail, chunk]) : chunk
      const end = Math.max(bytes.length - tailLength, 0)
      if (bytes === chunk) this.#sum = crc32(this.#tail, this.#sum)
      this.#sum = crc32(bytes.subarray(0, end), this.#sum)
      this.#tail = Buffer.from(bytes.subarray(end))
      yield chunk
    }
  }

  /** Whether the document that was read ends with the checksum of all before it. */
  isIntact(): boolean {
    return tailPattern.exec(this.#tail.toString('latin1'))?.[1] === toHex(this.#sum)
  }
}
