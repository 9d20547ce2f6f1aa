import t from 'tap'
import { parseTimeField, timeField } from '../../src/browser/time-field.js'

t.test('a time is the same after it was in a field', (t) => {
  for (const seconds of [0, 1, 60, 1_955_000_001, 253_402_300_799, 253_402_300_800, 8_640_000_000_000]) {
    t.equal(parseTimeField('expires_at', timeField(seconds)), seconds, timeField(seconds))
  }
  t.equal(timeField(Date.UTC(2031, 11, 24, 12, 54) / 1000), '2031-12-24T12:54')
  t.end()
})

t.test('a time is also taken with a blank, with seconds, and as a day', (t) => {
  const noon = Date.UTC(2031, 11, 24, 12) / 1000
  t.equal(parseTimeField('expires_at', '2031-12-24 12:00'), noon)
  t.equal(parseTimeField('expires_at', ' 2031-12-24T12:00:00 '), noon)
  t.equal(parseTimeField('expires_at', '2031-12-24T12:00:01'), noon + 1)
  t.equal(parseTimeField('expires_at', '2031-12-24'), noon - 43_200)
  t.end()
})

t.test('a time that there is none of is refused by the name of its field', (t) => {
  for (const text of [
    '',
    'soon',
    '2031-02-29',
    '2031-13-01',
    '2031-12-24T24:00',
    '2031-12-24T12:60',
    '0031-12-24',
    '31-12-24',
    '2031-12-24T12:00Z'
  ]) {
    t.throws(
      () => parseTimeField('expires_at', text),
      { message: 'expires_at: must be a date and a time.' },
      text
    )
  }
  t.end()
})
