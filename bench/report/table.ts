import { type Goal, isMet, type Row } from './row.js'

const heads = ['', 'Value', 'Spread', 'Goal', '', 'Measured']

/** The rows as a table, aligned for a terminal and good as Markdown. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map(toCells)
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...cells.map((row) => row[column]?.length ?? 0))
  )
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [line(heads), rule, ...cells.map(line)].join('\n')
}

function toCells(row: Row): string[] {
  const { name, value, spread, goal, note = '' } = row
  const format = formatter(row)
  return [
    name,
    value === undefined ? '' : format(value) + unitText(row),
    spread === undefined ? '' : `${format(spread[0])} to ${format(spread[1])}`,
    goal === undefined ? '' : goalText(goal) + unitText(row),
    verdict(row),
    note
  ]
}

function verdict(row: Row): string {
  const met = isMet(row)
  if (met === undefined) return ''
  return met ? 'met' : 'missed'
}

function formatter({ unit }: Row): (value: number) => string {
  return (value) => value.toFixed(unit === 'ms' ? 1 : 2)
}

function unitText({ unit }: Row): string {
  return unit === 'ratio' ? '' : ` ${unit}`
}

function goalText(goal: Goal): string {
  return 'atLeast' in goal ? `>= ${goal.atLeast}` : `<= ${goal.atMost}`
}
