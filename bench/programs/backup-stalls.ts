// The longest turn of the event loop while a backup of the store of the folder in the argument is made: its dump, and its text.

import { setTimeout as after } from 'node:timers/promises'
import { writeBackup } from '../../src/backup/write-backup.js'
import { type LongestTurn, watchTurns } from '../setup/longest-turn.js'
import { openStore } from '../setup/opened-store.js'

/** The longest turns of the two parts. */
export interface BackupStalls {
  dump: LongestTurn
  text: LongestTurn
}

const quietAfterOpening = 1000

const store = await openStore(process.argv[2] ?? '')
// Garbage from opening the store must not count as a stall of the backup.
await after(quietAfterOpening)

const endDump = watchTurns()
const content = { madeAt: 0, dump: await store.dump(), keys: [] }
const dump = endDump()

const endText = watchTurns()
for await (const _ of writeBackup(content)) {
  // The text goes nowhere: a slow reader would only make the turns rarer.
}
const text = endText()
console.log(JSON.stringify({ dump, text } satisfies BackupStalls))
process.exit()
