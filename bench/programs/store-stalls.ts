// The longest time that the event loop of a process stood still while it changed the store of the folder in its argument, which
// was compacted meanwhile; and that of a thread beside it that did nothing, which shows what is the machine's doing.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as after } from 'node:timers/promises'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { createId } from '../../src/ids.js'
import { folderStorage } from '../../src/store/file/folder-storage.js'
import type { Store } from '../../src/store/store.js'
import { openStore } from '../setup/opened-store.js'
import { generateUser } from '../setup/seeded-users.js'

/** In milliseconds. */
export interface Stalls {
  longest: number
  /** Of the idle thread. */
  idle: number
  changes: number
}

const writers = 32
const changesToCompact = 3000
const quietAfterCompaction = 500

if (isMainThread) console.log(JSON.stringify(await measure(process.argv[2] ?? '')))
else watchUntilAsked()

async function measure(folder: string): Promise<Stalls> {
  const idleThread = new Worker(import.meta.filename)
  const { snapshot, ...storage } = folderStorage(folder)
  let isCompacted = false
  const store = await openStore(folder, {
    ...storage,
    compactAfter: () => changesToCompact,
    snapshot: {
      read: () => snapshot.read(),
      async write(document) {
        await snapshot.write(document)
        isCompacted = true
      }
    }
  })
  let isOver = false
  let changes = 0
  const write = async (writer: number) => {
    while (!isOver) {
      await change(store, `${writer}-${changes}`)
      changes += 3
    }
  }
  // Garbage from opening the store must not count as a stall of the writing.
  await after(quietAfterCompaction)
  idleThread.postMessage('begin')
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  histogram.enable()
  const ended = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  while (!isCompacted) await after(20)
  await after(quietAfterCompaction)
  isOver = true
  await ended
  histogram.disable()
  const idle = await new Promise<number>((resolve) => {
    idleThread.once('message', resolve).postMessage('end')
  })
  await idleThread.terminate()
  await store.close()
  return { longest: histogram.max / 1e6, idle, changes }
}

async function change(store: Store, name: string): Promise<void> {
  const user = generateUser(name)
  await store.createUser(user)
  await store.replaceUser(user, { ...user, state: 'deleted' })
  await store.revokeToken({ jti: createId(), exp: Math.floor(Date.now() / 1000) + 3600 })
}

function watchUntilAsked(): void {
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  parentPort?.on('message', (word: string) => {
    if (word === 'begin') histogram.enable()
    else parentPort?.postMessage(histogram.max / 1e6)
  })
}
