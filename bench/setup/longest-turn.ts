import { closeSync, openSync, readSync } from 'node:fs'

/** The longest turn of the event loop, in milliseconds. */
export interface LongestTurn {
  /** From its begin to its end. Others on the machine make it longer. */
  elapsed: number
  /** In processor time of the thread, which others hardly change; undefined where the system does not tell. */
  processor?: number
}

/** Watches all turns of this event loop, which never rests meanwhile. The function that it gives ends that. */
export function watchTurns(): () => LongestTurn {
  const clock = openProcessorClock()
  let longest = 0
  let longestByProcessor = 0
  let [began, beganByProcessor] = [performance.now(), clock.now()]
  let next = setImmediate(look)

  function look(): void {
    const [ended, endedByProcessor] = [performance.now(), clock.now()]
    longest = Math.max(longest, ended - began)
    longestByProcessor = Math.max(longestByProcessor, endedByProcessor - beganByProcessor)
    ;[began, beganByProcessor] = [performance.now(), clock.now()]
    next = setImmediate(look)
  }

  return () => {
    clearImmediate(next)
    clock.close()
    return { elapsed: longest, ...(clock.isPresent && { processor: longestByProcessor }) }
  }
}

/** The processor time of the main thread in milliseconds, as Linux tells it. */
function openProcessorClock() {
  let file: number
  try {
    file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r')
  } catch {
    return { isPresent: false, now: () => 0, close() {} }
  }
  const text = Buffer.alloc(64)
  return {
    isPresent: true,
    now() {
      // Brings the figure of the running thread up to date, which the file alone does at a tick.
      process.cpuUsage()
      return Number.parseInt(text.toString('latin1', 0, readSync(file, text, 0, text.length, 0)), 10) / 1e6
    },
    close: () => closeSync(file)
  }
}
