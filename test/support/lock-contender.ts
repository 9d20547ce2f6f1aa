// A process to contend for the folder of its first argument: takes it again and again, and is then killed while it owns it. An
// owner finds the file of its second argument not there, makes it, and removes it. Prints `owner` for each turn, and `two` if
// the file was there.
import { randomInt } from 'node:crypto'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import { lockFolder } from '../../src/store/file/folder-lock.js'

const [folder = '', marker = ''] = process.argv.slice(2)

for (;;) {
  const lock = await lockFolder(folder).catch(() => undefined)
  if (lock === undefined) {
    await after(randomInt(3))
    continue
  }
  try {
    closeSync(openSync(marker, 'wx'))
    writeSync(1, 'owner\n')
  } catch {
    writeSync(1, 'two\n')
  }
  if (randomInt(3) === 0) await after(randomInt(3))
  rmSync(marker, { force: true })
  if (randomInt(40) === 0) process.kill(process.pid, 'SIGKILL')
  await lock.release()
}
