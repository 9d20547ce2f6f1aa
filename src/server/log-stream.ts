/** The destination of log lines; standard error unless told otherwise. */
export interface LogStream {
  write(line: string): void
}

/** The output of a log, such as `process.stderr`. */
export type LogOutput = Pick<typeof process.stderr, 'write' | 'on' | 'writableLength' | 'isTTY' | 'hasColors'>

// The maximum that waits for a slow reader, in bytes: some 5,000 requests.
const maxWaiting = 1024 * 1024

/**
 * A stream that never fails, never waits, and holds no more than 1 MiB. It drops and counts the lines that the output does not
 * take, because the reader has ended or does not read, or the disk is full. A line with that number precedes the next one that
 * the output takes.
 *
 * @param format makes what is written of each JSON line.
 */
export function createLogStream(
  output: Pick<LogOutput, 'write' | 'on' | 'writableLength'>,
  format: (line: string) => string = (line) => line
): LogStream {
  let dropped = 0
  // A failed write is reported after the call has returned.
  output.on('error', () => {
    dropped += 1
  })

  return {
    write(line) {
      if (output.writableLength > maxWaiting) {
        dropped += 1
        return
      }
      const report = dropped
      dropped = 0
      try {
        if (report === 0) output.write(format(line))
        else output.write(format(reportOf(report)) + format(line), (error) => error && restore(report))
      } catch {
        restore(report + 1)
      }
    }
  }

  function restore(lines: number): void {
    dropped += lines
  }
}

function reportOf(dropped: number): string {
  const level = 40
  return `${JSON.stringify({ level, time: Date.now(), pid: process.pid, dropped, msg: 'lines of the log could not be written' })}\n`
}
