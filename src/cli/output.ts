import { StartupError } from '../errors/startup-error.js'
import { type Column, tabbedText, tableText } from './table.js'

/** The forms of what a command prints: a table for people; for programs lines with tabs, one JSON document, or one a line. */
export type Format = 'table' | 'tabbed' | 'json' | 'ndjson'

/** How a command prints. */
export interface Output {
  format: Format
  /** Of the terminal, in characters; undefined if there is none. */
  width?: number | undefined
}

/**
 * The output that options and standard output ask for: a table on a terminal, lines with tabs elsewhere.
 *
 * @throws `StartupError` (wrong setting) for two forms at once.
 */
export function outputOf(
  { json = false, ndjson = false }: { json?: boolean; ndjson?: boolean },
  { isTTY, columns }: { isTTY?: boolean; columns?: number } = process.stdout
): Output {
  if (json && ndjson)
    throw new StartupError('wrongSetting', '--json and --ndjson are two forms: take one of them')
  if (json) return { format: 'json' }
  if (ndjson) return { format: 'ndjson' }
  return isTTY ? { format: 'table', width: columns } : { format: 'tabbed' }
}

/** Records in the form of the output, which is not `json`: that takes the document of the call. */
export function rowsText<Row>(columns: readonly Column<Row>[], rows: readonly Row[], output: Output): string {
  if (output.format === 'ndjson') return rows.map(jsonLine).join('')
  if (output.format === 'tabbed') return tabbedText(columns, rows)
  return rows.length === 0 ? '' : tableText(columns, rows, output.width)
}

/** A JSON document on a line of its own. */
export function jsonLine(document: unknown): string {
  return `${safeJson(document)}\n`
}

/** A JSON document that people may read, too. */
export function jsonText(document: unknown): string {
  return `${safeJson(document, 2)}\n`
}

// JSON itself escapes no more than U+0000 to U+001F.
const invisible = /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu

function safeJson(document: unknown, indentation?: number): string {
  return JSON.stringify(document, null, indentation).replace(invisible, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join('')
  )
}

/** A time of a call, in seconds, as ISO 8601; empty for none. */
export function timeText(seconds: unknown): string {
  return typeof seconds === 'number' ? new Date(seconds * 1000).toISOString().replace('.000', '') : ''
}
