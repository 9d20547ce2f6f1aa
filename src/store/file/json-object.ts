import { isUtf8 } from 'node:buffer'

const lineFeed = 0x0a
const quote = 0x22
const comma = 0x2c
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/**
 * The JSON object in these chunks, which may be longer than a string can be (512 Mi characters): its members are parsed
 * one at a time, and the elements of their arrays too. It has no prototype.
 *
 * @throws `Error` whose message says at which line it is no valid JSON, without quoting it; and for anything but an
 *   object, a member given twice and bytes that are no UTF-8.
 */
export async function parseJsonObject(chunks: AsyncIterable<Buffer>): Promise<Record<string, unknown>> {
  const parser = new ObjectParser()
  for await (const chunk of chunks) parser.add(chunk)
  return parser.end()
}

// It only finds where members and elements begin and end; whether they are valid is for JSON.parse to say.
class ObjectParser {
  readonly #members: Record<string, unknown> = Object.create(null)
  #array: unknown[] | undefined
  #hasOpened = false
  #hasClosed = false
  #isMemberDue = false
  #isAfterArray = false
  #depth = 0
  #isInString = false
  #isEscaped = false
  #line = 1
  #carry: Buffer = Buffer.alloc(0)

  add(chunk: Buffer): void {
    let start = 0
    const part = (end: number) => {
      const bytes = chunk.subarray(start, end)
      start = end + 1
      if (this.#carry.length === 0) return this.#decode(bytes)
      const whole = Buffer.concat([this.#carry, bytes])
      this.#carry = Buffer.alloc(0)
      return this.#decode(whole)
    }
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index]
      if (byte === lineFeed) {
        // Found here rather than by JSON.parse, which would get all up to the next quote, perhaps of another record.
        if (this.#isInString) throw this.#invalid()
        this.#line += 1
      } else if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === backslash) this.#isEscaped = true
        else if (byte === quote) this.#isInString = false
      } else if (byte === quote) {
        this.#isInString = true
      } else if (byte === openBrace || byte === openBracket) {
        this.#depth += 1
        if (this.#depth === 1) this.#openObject(byte, part(index))
        else if (this.#depth === 2 && byte === openBracket) this.#openArray(part(index))
      } else if (byte === closeBrace || byte === closeBracket) {
        this.#depth -= 1
        if (this.#depth === 1 && this.#array !== undefined) this.#closeArray(byte, part(index))
        else if (this.#depth <= 0) this.#closeObject(byte, part(index))
      } else if (byte === comma) {
        if (this.#depth === 1) this.#endMember(part(index))
        else if (this.#depth === 2 && this.#array !== undefined) this.#addElement(part(index))
      }
    }
    this.#carry = Buffer.concat([this.#carry, chunk.subarray(start)])
  }

  end(): Record<string, unknown> {
    const rest = this.#decode(this.#carry)
    if (!this.#hasOpened && rest.trim() !== '') throw new Error('it is not a JSON object')
    if (!this.#hasClosed) throw new Error('it ends too early')
    if (rest.trim() !== '') throw this.#invalid()
    return this.#members
  }

  #openObject(byte: number, before: string): void {
    if (this.#hasOpened) throw this.#invalid()
    if (byte !== openBrace || before.trim() !== '') throw new Error('it is not a JSON object')
    this.#hasOpened = true
  }

  #closeObject(byte: number, text: string): void {
    if (byte !== closeBrace || this.#depth < 0) throw this.#invalid()
    const isEmpty = Object.keys(this.#members).length === 0 && !this.#isMemberDue && text.trim() === ''
    if (!isEmpty) this.#endMember(text)
    this.#hasClosed = true
  }

  #endMember(text: string): void {
    if (this.#isAfterArray) {
      if (text.trim() !== '') throw this.#invalid()
      this.#isAfterArray = false
    } else {
      const [[name, value] = this.#missing()] = Object.entries(this.#parse(`{${text}}`) as object)
      this.#set(name, value)
    }
    this.#isMemberDue = true
  }

  #openArray(key: string): void {
    if (this.#isAfterArray) throw this.#invalid()
    const [name = this.#missing()] = Object.keys(this.#parse(`{${key}0}`) as object)
    this.#array = []
    this.#set(name, this.#array)
  }

  #addElement(text: string): void {
    this.#array?.push(this.#parse(text))
  }

  #closeArray(byte: number, text: string): void {
    if (byte !== closeBracket) throw this.#invalid()
    if (this.#array?.length !== 0 || text.trim() !== '') this.#addElement(text)
    this.#array = undefined
    this.#isAfterArray = true
  }

  #set(name: string, value: unknown): void {
    if (name in this.#members) throw new Error(`the member ${JSON.stringify(name)} is there twice`)
    this.#members[name] = value
  }

  #decode(bytes: Buffer): string {
    if (!isUtf8(bytes)) throw new Error('it is not valid UTF-8')
    return bytes.toString()
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch {
      // V8's own message quotes the text around the place, which may be a password hash or a key.
      throw this.#invalid()
    }
  }

  #missing(): never {
    throw this.#invalid()
  }

  #invalid(): Error {
    return new Error(`it is not valid JSON at line ${this.#line}`)
  }
}
