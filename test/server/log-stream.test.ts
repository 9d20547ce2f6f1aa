import { EventEmitter } from 'node:events'
import t from 'tap'
import { createLogStream, type LogOutput } from '../../src/server/log-stream.js'

/** An output that behaves like standard error, and all that it was given. */
function createOutput() {
  const written: string[] = []
  const state = { fails: false, writableLength: 0 }
  const emitter = new EventEmitter()
  const output = Object.assign(emitter, {
    get writableLength() {
      return state.writableLength
    },
    write(text: string, done?: (error?: Error) => void) {
      if (!state.fails) {
        written.push(text)
        done?.()
        return true
      }
      const error = new Error('EPIPE')
      done?.(error)
      emitter.emit('error', error)
      return false
    }
  }) as unknown as LogOutput
  Object.defineProperty(output, 'writableLength', { get: () => state.writableLength })
  return { output, written, state }
}

t.test('R7: a log that cannot be written goes on, and says later how much was lost', (t) => {
  const { output, written, state } = createOutput()
  const stream = createLogStream(output)
  stream.write('1\n')
  state.fails = true
  for (const line of ['2\n', '3\n', '4\n']) stream.write(line)
  state.fails = false
  stream.write('5\n')
  stream.write('6\n')
  const [first, report = '', last] = written
  t.match([first, last, written.length], ['1\n', '6\n', 3])
  const [reportLine = '', line] = report.split('\n')
  t.match(JSON.parse(reportLine), { level: 40, pid: process.pid, dropped: 3, msg: /could not be written/ })
  t.equal(line, '5')
  t.end()
})

t.test('R7: an output that throws loses the line, and ends nothing', (t) => {
  const { output, written } = createOutput()
  const { write } = output
  const stream = createLogStream(output)
  output.write = () => {
    throw new Error('ENOSPC')
  }
  stream.write('1\n')
  stream.write('2\n')
  output.write = write
  stream.write('3\n')
  t.match(written, [/"dropped":2,.*\n3\n$/s])
  t.end()
})

t.test('R7: no more than 1 MiB waits for a reader that does not read', (t) => {
  const { output, written, state } = createOutput()
  const stream = createLogStream(output)
  stream.write('1\n')
  state.writableLength = 1024 * 1024 + 1
  for (let line = 0; line < 10; line += 1) stream.write('2\n')
  state.writableLength = 0
  stream.write('3\n')
  t.match(written, ['1\n', /"dropped":10,.*\n3\n$/s])
  t.end()
})
