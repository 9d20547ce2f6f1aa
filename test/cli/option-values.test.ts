import t from 'tap'
import { claimsIn, limitIn, namesIn, requireOneOf, secondsIn, timeIn } from '../../src/cli/option-values.js'

const wrong = { name: 'StartupError', exitCode: 2 }

t.test(
  'durations, times, numbers and lists are read, and anything else is refused by the name of its option',
  (t) => {
    t.same(
      [secondsIn('90'), secondsIn('90s'), secondsIn('30m'), secondsIn('12h'), secondsIn('7d')],
      [90, 90, 1800, 43_200, 604_800]
    )
    for (const text of ['', '-1', '1.5h', '1w', 'h', '1e3', ' 1'])
      t.throws(() => secondsIn(text), { ...wrong, message: /^--expires-in / })
    t.equal(timeIn('1900000000'), 1_900_000_000)
    t.equal(timeIn('2031-12-24'), Date.UTC(2031, 11, 24) / 1000)
    t.equal(timeIn('2031-12-24T18:00:00+01:00'), Date.UTC(2031, 11, 24, 17) / 1000)
    for (const text of ['', 'tomorrow', '2031-13-01', '24.12.2031', '2031-12-24T18:00', '-5']) {
      t.throws(() => timeIn(text), { ...wrong, message: /^--expires-at / }, text)
    }
    t.equal(limitIn('7'), 7)
    for (const text of ['0', '-1', 'x', '1.5'])
      t.throws(() => limitIn(text), { ...wrong, message: /^--limit / })
    t.same(namesIn(' a, b,,c '), ['a', 'b', 'c'])
    t.same(namesIn(''), [])
    t.end()
  }
)

t.test('a claim is a key with JSON, and one that is no JSON is not repeated', (t) => {
  const claims = claimsIn(['team="red"', 'n=1', 'o={"a":[1,"x=y"]}', '__proto__={"admin":true}'])
  t.same(
    [...claims],
    [
      ['team', 'red'],
      ['n', 1],
      ['o', { a: [1, 'x=y'] }],
      ['__proto__', { admin: true }]
    ]
  )
  for (const text of ['team', '=1', 'team=hunter2']) {
    t.throws(() => claimsIn([text]), { ...wrong, message: /^--claim takes KEY=JSON(?!.*hunter2)/ })
  }
  t.end()
})

t.test('two options that exclude each other are both named', (t) => {
  requireOneOf({ generate: true, json: true }, ['generate', 'link'])
  t.throws(() => requireOneOf({ generate: true, link: true }, ['generate', 'link']), {
    ...wrong,
    message: '--generate and --link exclude each other'
  })
  t.end()
})
