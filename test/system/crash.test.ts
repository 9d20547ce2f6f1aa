import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { folderStorage } from '../../src/store/file/folder-storage.js'
import { openJournaledStore } from '../../src/store/file/journaled-store.js'
import type { MemoryStore, Store, User } from '../../src/store/store.js'
import { RecordedDisk, VolatileDisk, writeContents } from '../support/recorded-disk.js'
import { createSession, createUser, limits, now } from '../support/records.js'

/** A folder in memory, where there is one: a crash state needs no disk. */
function createFolder(t: Test): string {
  const folder = mkdtempSync(join(process.platform === 'linux' ? '/dev/shm' : tmpdir(), 'postern-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A store whose compactions wait for this promise. */
const openStore = (folder: string, gate?: Promise<void>) => {
  const storage = folderStorage(folder)
  const { snapshot } = storage
  return openJournaledStore({
    ...storage,
    snapshot: {
      read: () => snapshot.read(),
      write: async (document) => {
        await gate
        await snapshot.write(document)
      }
    },
    clock: () => now * 1000,
    warn() {},
    compactAfter: () => 25
  })
}

/** For each thing that changes, the version that was acknowledged and the one that was asked for. */
class Expectations {
  readonly acknowledged = new Map<string, number>()
  readonly asked = new Map<string, number>()

  /** What is in the store and must not be, or the other way round. */
  violations(store: MemoryStore): string[] {
    const { users, sessions, revokedTokens } = store.capture()
    const found = new Map<string, number>()
    for (const { name, gen } of users) found.set(`user ${name}`, gen + 1)
    for (const { id } of sessions) found.set(`session ${id}`, 1)
    for (const { jti } of revokedTokens) found.set(`revocation ${jti}`, 1)
    const wrong: string[] = []
    for (const name of new Set([...found.keys(), ...this.asked.keys()])) {
      const least = this.acknowledged.get(name) ?? 0
      const most = this.asked.get(name) ?? 0
      // A session that has ended is no more there than one that was never made.
      const versions = [found.get(name) ?? 0, ...(name.startsWith('session') && !found.has(name) ? [2] : [])]
      if (!versions.some((version) => least <= version && version <= most))
        wrong.push(`${name}: ${versions}, not ${least} to ${most}`)
    }
    return wrong
  }
}

class Workload {
  readonly #disk: RecordedDisk
  readonly #expectations: Expectations
  #count = 0

  constructor(disk: RecordedDisk, expectations: Expectations) {
    this.#disk = disk
    this.#expectations = expectations
  }

  async #change(name: string, version: number, change: Promise<unknown>): Promise<void> {
    const { acknowledged, asked } = this.#expectations
    this.#disk.note(() => asked.set(name, version))
    await change
    this.#disk.note(() => acknowledged.set(name, version))
  }

  async createUser(store: Store): Promise<User> {
    this.#count += 1
    const user = createUser(`user ${this.#count}`)
    await this.#change(`user ${user.name}`, 1, store.createUser(user))
    return user
  }

  /** Makes a user, some sessions and a revocation, and takes some of them back. */
  async run(store: Store, sessionCount: number): Promise<void> {
    const user = await this.createUser(store)
    const sessions = Array.from({ length: sessionCount }, () => createSession(user))
    await Promise.all(
      sessions.map((session) =>
        this.#change(`session ${session.id}`, 1, store.createSession(session, limits))
      )
    )
    const [first, ...others] = sessions
    const jti = createSession(user).id
    const revocation = store.revokeToken({ jti, exp: now + 3600 })
    await this.#change(`revocation ${jti}`, 1, revocation)
    if (first !== undefined) await this.#change(`session ${first.id}`, 2, store.endSession(first.id))
    const change = store.replaceUser(user, { ...user, gen: 1 })
    await Promise.all([
      this.#change(`user ${user.name}`, 2, change),
      ...others.map(({ id }) => this.#change(`session ${id}`, 2, change))
    ])
  }
}

/** Starts from what each crash at each operation may leave; gives the number of starts. */
async function startFromCrashes(t: Test, disk: RecordedDisk, expectations: Expectations): Promise<number> {
  const folder = createFolder(t)
  const volatile = new VolatileDisk()
  const wrong: string[] = []
  let starts = 0
  for (const [index, operation] of [...disk.operations].entries()) {
    volatile.apply(operation)
    if (operation.kind === 'note') continue
    for (const contents of volatile.crashes()) {
      rmSync(folder, { recursive: true })
      mkdirSync(folder)
      writeContents(folder, contents)
      starts += 1
      try {
        const store = await openStore(folder)
        const violations = expectations.violations(store)
        await store.createUser(createUser('afterwards'))
        await store.close()
        wrong.push(...violations.map((violation) => `operation ${index}: ${violation}`))
      } catch (error) {
        wrong.push(`operation ${index} (${operation.kind}): ${(error as Error).message}`)
      }
      if (wrong.length > 5) break
    }
  }
  t.same(wrong, [])
  return starts
}

t.test(
  'R2: each crash at each write leaves a folder that starts, with all that was acknowledged',
  async (t) => {
    const folder = createFolder(t)
    const disk = new RecordedDisk(t, folder)
    const expectations = new Expectations()
    const workload = new Workload(disk, expectations)
    for (const sessionCount of [0, 3, 40, 12, 1]) {
      const store = await openStore(folder)
      await Promise.all([workload.run(store, sessionCount), workload.run(store, 5)])
      await store.close()
    }
    const starts = await startFromCrashes(t, disk, expectations)
    t.ok(starts > 1000)
    t.comment(`${starts} starts`)
  }
)

t.test('R5: a kill between write and sync, a restart, and then each crash lose nothing', async (t) => {
  const folder = createFolder(t)
  const disk = new RecordedDisk(t, folder)
  const expectations = new Expectations()
  const workload = new Workload(disk, expectations)
  const killed = await openStore(folder)
  await workload.run(killed, 2)
  disk.isStalled = true
  workload.createUser(killed)
  while (disk.stalled === 0) await new Promise(setImmediate)
  disk.isStalled = false

  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const store = await openStore(folder, gate)
  const [unanswered] = store.capture().users.slice(-1)
  t.equal(unanswered?.name, 'user 2', 'what was written is there, synced or not')
  // Who asks is answered by it.
  disk.note(() => expectations.acknowledged.set('user user 2', 1))
  await workload.run(store, 2)
  release()
  await store.close()
  t.comment(`${await startFromCrashes(t, disk, expectations)} starts`)
})
