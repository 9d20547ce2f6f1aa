import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import t from 'tap'
import { folderStorage } from '../../src/store/file/folder-storage.js'
import { openJournaledStore } from '../../src/store/file/journaled-store.js'
import { temporaryFolder } from '../support/helper.js'
import { killRounds } from '../support/kill-rounds.js'

t.test('50 rounds of kill -9 under eight writers lose nothing that was acknowledged', async (t) => {
  const acknowledged = await killRounds(t, temporaryFolder(t), 50)
  t.comment(`${acknowledged} acknowledged changes`)
})

t.test(
  '50 rounds of kill -9 while the journal is being compacted lose nothing that was acknowledged',
  async (t) => {
    const folder = temporaryFolder(t)
    const script = join(import.meta.dirname, '../support/store-writer.js')
    const states = new Set<string>()
    let output = ''
    for (let round = 0; round < 50; round += 1) {
      const writer = spawn(process.execPath, [script, folder, String(round)], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {}
      })
      writer.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
      await once(writer.stdout, 'data')
      await after(Math.random() * 50)
      writer.kill('SIGKILL')
      await once(writer, 'close')
      states.add(readdirSync(folder).sort().join().replace(/\d+/g, 'N'))
    }
    t.ok(
      [...states].some((state) => state.includes('.tmp')),
      'some of them in the middle of a compacting'
    )

    const store = await openJournaledStore({
      ...folderStorage(folder),
      clock: Date.now,
      warn(error) {
        // Without one it says that the last batch was cut off by a kill.
        if (error !== undefined) throw error
      }
    })
    const names = output.trimEnd().split('\n')
    const lost: string[] = []
    for (const name of names) if ((await store.findUserByName(name))?.gen !== 1) lost.push(name)
    t.same(lost, [])
    await store.close()
    t.comment(
      `${names.length} users of two acknowledged changes each; left behind: ${[...states].join(' | ')}`
    )
  }
)
