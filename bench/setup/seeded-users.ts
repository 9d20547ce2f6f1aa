import { randomBytes } from 'node:crypto'
import { snapshotFile } from '../../src/store/file/folder-storage.js'
import { currentFormat } from '../../src/store/file/format.js'
import { contentsOf, emptyRecords } from '../../src/store/file/records.js'
import type { User } from '../../src/store/store.js'

/** Writes the snapshot of so many users into a data folder. */
export async function seedUsers(folder: string, count: number): Promise<void> {
  const users = generateUsers(count)
  const time = { known: 0, seen: 0 }
  const contents = { ...contentsOf(emptyRecords()), users }
  await snapshotFile(folder).write({ version: currentFormat, made: currentFormat, seq: 0, time, ...contents })
}

/** A user as a sign-up makes it, with a hash of the real length. */
export function generateUser(name: string): User {
  const random = randomBytes(64)
  const base64 = (from: number, to: number) => random.toString('base64', from, to).replaceAll('=', '')
  return {
    uid: random.toString('hex', 0, 16),
    name,
    hash: `$argon2id$v=19$m=19456,t=2,p=1$${base64(16, 32)}$${base64(32, 64)}`,
    state: 'active',
    gen: 0,
    createdAt: 1_800_000_000
  }
}

/** The name of a seeded user. */
export function seededName(index: number): string {
  return `user ${index}`
}

function* generateUsers(count: number): Iterable<User> {
  for (let index = 0; index < count; index += 1) yield generateUser(seededName(index))
}
