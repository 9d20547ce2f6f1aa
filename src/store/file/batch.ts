import { crc32 } from 'node:zlib'
import { currentFormat } from './format.js'

/**
 * The first byte of each batch, U+001E (as in RFC 7464). JSON escapes it, so it stands nowhere else in a journal: another one
 * after a bad batch proves that the bad one was not the last.
 */
export const recordSeparator = 0x1e

/** The length of the head of a batch, in bytes. */
export const headLength = 56

/** The fields of the head of a batch. */
export interface BatchHead {
  /** The number of its first change. */
  readonly seq: number
  /** How many changes are in it. */
  readonly changes: number
  /** How many bytes follow the head. */
  readonly length: number
  /** CRC-32 of these bytes, in hexadecimal digits. */
  readonly checksum: string
}

/** A batch that was found in a journal. */
export interface StoredBatch {
  /** The number of its first change. */
  readonly seq: number
  readonly changes: number
  /** Its place in the file, for a message. */
  readonly where: string
  /** Parses its changes. Only their checksum has been verified so far. */
  parse(): unknown[]
}

/** The first line of a journal whose first change has this number. */
export function fileHead(seq: number, format: number = currentFormat): string {
  return `{"version":${format},"seq":${seq}}\n`
}

/** A batch as it stands in a journal: the head, and the body as it is. */
export function toBatch(seq: number, changes: number, body: string): string {
  const length = Buffer.byteLength(body)
  const head = `\x1e${digits(seq, 16)} ${digits(changes, 8)} ${digits(length, 10)} ${checksum(body)} `
  return `${head}${checksum(head)}\n${body}`
}

const headPattern = /^(\d{16}) (\d{8}) (\d{10}) ([0-9a-f]{8}) $/

/** Parses the head of a batch; undefined if its checksum does not match. */
export function parseHead(bytes: Buffer): BatchHead | undefined {
  const covered = bytes.subarray(0, headLength - 9)
  if (bytes.toString('latin1', headLength - 9) !== `${checksum(covered)}\n`) return undefined
  const [, seq, changes, length, sum = ''] = headPattern.exec(covered.toString('latin1', 1)) ?? []
  if (bytes[0] !== recordSeparator || seq === undefined) return undefined
  return { seq: Number(seq), changes: Number(changes), length: Number(length), checksum: sum }
}

/** CRC-32 (ISO 3309) in hexadecimal digits. */
export function checksum(data: string | Buffer): string {
  return toHex(crc32(data))
}

/** A CRC-32 in hexadecimal digits. */
export function toHex(sum: number): string {
  return sum.toString(16).padStart(8, '0')
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0')
}
