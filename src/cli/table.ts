import { visibleText } from '../visible-text.js'

/** A column of a table. */
export interface Column<Row> {
  title: string
  /** The text of a cell; control characters in it do no harm. */
  of(row: Row): string
  /** Whether the cell is cut rather than wrapped where the terminal is narrow. An id must stay whole to be copied. */
  isCut?: boolean
}

const gap = '  '

// Enough to tell most values apart.
const leastCut = 12

const segmenter = new Intl.Segmenter()

// East Asian Width W and F (UAX #11), as near as Unicode's properties tell, and what is drawn as an emoji.
const wide =
  /^(?:\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\u3000-\u303f\uff01-\uff60\uffe0-\uffe6])/u

/** The rows for people, under the titles of their columns; at most `width` characters wide if cells that may be cut allow it. */
export function tableText<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width = Number.POSITIVE_INFINITY
): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => cellsOf(columns, row))]
  const widths = fit(
    columns,
    columns.map((_, index) => Math.max(...lines.map((line) => widthOf(line[index] ?? '')))),
    width
  )
  return lines.map((line) => `${padded(line, widths)}\n`).join('')
}

/** The rows for programs: one a line, the cells apart by a tab, without titles. */
export function tabbedText<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return rows.map((row) => `${cellsOf(columns, row).join('\t')}\n`).join('')
}

function cellsOf<Row>(columns: readonly Column<Row>[], row: Row): string[] {
  return columns.map(({ of }) => visibleText(of(row)))
}

/** The widths of the columns after the widest ones that may be cut have given what is too much. */
function fit<Row>(columns: readonly Column<Row>[], full: readonly number[], width: number): number[] {
  const widths = [...full]
  const total = () => widths.reduce((sum, each) => sum + each, gap.length * (widths.length - 1))
  for (let excess = total() - width; excess > 0; excess = total() - width) {
    const widest = columns
      .map(({ isCut = false }, index) => (isCut ? (widths[index] ?? 0) : 0))
      .reduce((best, each, index, all) => (each > (all[best] ?? 0) ? index : best), 0)
    const current = widths[widest] ?? 0
    if (columns[widest]?.isCut !== true || current <= leastCut) break
    widths[widest] = Math.max(leastCut, current - Math.ceil(excess))
  }
  return widths
}

function padded(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, index) => {
      const width = widths[index] ?? 0
      const shown = cut(cell, width)
      return shown + ' '.repeat(width - widthOf(shown))
    })
    .join(gap)
    .trimEnd()
}

function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let shown = ''
  let left = width - 1
  for (const { segment } of segmenter.segment(text)) {
    left -= widthOf(segment)
    if (left < 0) break
    shown += segment
  }
  return `${shown}…`
}

function widthOf(text: string): number {
  // Most cells are ASCII, and a list may have many.
  if (/^[ -~]*$/.test(text)) return text.length
  return [...segmenter.segment(text)].reduce((sum, { segment }) => sum + (wide.test(segment) ? 2 : 1), 0)
}
