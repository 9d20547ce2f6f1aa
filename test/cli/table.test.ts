import t from 'tap'
import { jsonText, outputOf, rowsText } from '../../src/cli/output.js'
import { type Column, tabbedText, tableText } from '../../src/cli/table.js'

type Row = readonly [string, string]

const columns: readonly Column<Row>[] = [
  { title: 'ID', of: ([id]) => id },
  { title: 'Name', of: ([, name]) => name, isCut: true }
]

t.test('a table stands in columns, also with letters of double width', (t) => {
  t.equal(
    tableText(columns, [
      ['1', 'alice'],
      ['22', 'b']
    ]),
    'ID  Name\n1   alice\n22  b\n'
  )
  const wide: readonly Column<Row>[] = [...columns].reverse()
  t.equal(
    tableText(wide, [
      ['1', '日本'],
      ['2', 'ab']
    ]),
    'Name  ID\n日本  1\nab    2\n'
  )
  t.end()
})

t.test('on a narrow terminal only a column that may be cut is cut', (t) => {
  const id = 'f'.repeat(32)
  const text = tableText(columns, [[id, 'n'.repeat(60)]], 60)
  const [, line = ''] = text.split('\n')
  t.equal(line, `${id}  ${'n'.repeat(25)}…`)
  const narrow = tableText(columns, [[id, 'n'.repeat(60)]], 10)
  t.equal(narrow.split('\n')[1], `${id}  ${'n'.repeat(11)}…`)
  t.equal(tableText(columns, [['1', '日'.repeat(20)]], 20).split('\n')[1], `1   ${'日'.repeat(7)}…`)
  t.end()
})

t.test('a value of the service can neither drive the terminal nor make a line or a cell', (t) => {
  const row: Row = ['1', 'a\u001b[2J\tb\nc\u202e']
  for (const text of [tableText(columns, [row]), tabbedText(columns, [row])]) {
    t.match(text, 'a\\u{1b}[2J\\u{9}b\\u{a}c\\u{202e}\n')
  }
  t.equal(tabbedText(columns, [row]), '1\ta\\u{1b}[2J\\u{9}b\\u{a}c\\u{202e}\n')
  const json = jsonText({ name: 'a\u001b\u009b\u202e\u{e0001}' })
  t.equal(json, '{\n  "name": "a\\u001b\\u009b\\u202e\\udb40\\udc01"\n}\n')
  t.same(JSON.parse(json), { name: 'a\u001b\u009b\u202e\u{e0001}' })
  t.end()
})

t.test('a terminal gets a table, anything else lines with tabs, and each what an option asks for', (t) => {
  const terminal = { isTTY: true, columns: 80 }
  t.same(outputOf({}, terminal), { format: 'table', width: 80 })
  t.same(outputOf({}, {}), { format: 'tabbed' })
  t.same(outputOf({ json: true }, terminal), { format: 'json' })
  t.same(outputOf({ ndjson: true }, terminal), { format: 'ndjson' })
  t.throws(() => outputOf({ json: true, ndjson: true }), { name: 'StartupError', exitCode: 2 })
  t.equal(rowsText(columns, [['1', 'x']], { format: 'ndjson' }), '["1","x"]\n')
  t.equal(rowsText(columns, [], { format: 'table' }), '', 'no titles above nothing')
  t.end()
})
