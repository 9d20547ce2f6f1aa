import t from 'tap'
import { nearest } from '../src/nearest.js'

t.test('of two names that are equally like a word, the one that begins as it does is meant', (t) => {
  const settings = ['POSTERN_SOCKET', 'POSTERN_TLS_KEY_FILE', 'POSTERN_TLS_CERT_FILE']
  t.equal(nearest('POSTERN_TLS_KEY', settings), 'POSTERN_TLS_KEY_FILE')
  t.equal(nearest('POSTERN_TLS_CERT', settings), 'POSTERN_TLS_CERT_FILE')
  t.equal(nearest('POSTERN_SOKET', settings), 'POSTERN_SOCKET')
  t.equal(nearest('abc', ['abcd', 'abc']), 'abc', 'the fewest edits come first')
  t.equal(nearest('quite-another', settings), undefined)
  t.end()
})
