import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { copyStore } from '../../../src/cli/store-copy-command.js'
import { createId } from '../../../src/ids.js'
import { openGeneratedKeys } from '../../../src/keys/key-source.js'
import { openRestoration, openStore } from '../../../src/store/open-store.js'
import type { StoreContent, User } from '../../../src/store/store.js'
import { temporaryFolder } from '../../support/helper.js'
import { skipWithoutPostgres, startPostgres } from '../../support/postgres-server.js'
import { createBrowserSession, createSession, createUser, now } from '../../support/records.js'

const count = 100_000
const digest = () => randomBytes(32).toString('hex')

/** Accounts of every kind, and all else that a store keeps. */
function createContent(): StoreContent {
  const users = Array.from({ length: count }, (_, index): User => {
    const user = createUser(`user ${index} Ωé${index % 7 === 0 ? '\u{1f600}' : ''}`)
    if (index % 10 !== 0) return user
    return {
      ...user,
      state: index % 20 === 0 ? 'disabled' : 'deleted',
      gen: index,
      version: 3,
      keptJti: createId(),
      lastLoginAt: now,
      email: `User${index}@example.org`,
      emailVerified: true,
      displayName: `Nr. ${index}`,
      groups: ['a', 'b'],
      claims: { z: 1, a: ['\0', { 10: 'x', 9: null }], zero: 0.1 },
      expiresAt: now + index,
      externalId: `x${index}`,
      managedBy: 'file',
      appliedPassword: 'p',
      passwordLink: { digest: digest(), expiresAt: now + 60 }
    }
  })
  const sessions = users.slice(0, count / 10).map((user, index) =>
    (index % 3 === 0 ? createBrowserSession : createSession)(user, {
      userAgent: 'curl',
      ...(index % 2 === 0 && { family: { jti: createId(), iat: now, address: '::1' }, version: index + 1 })
    })
  )
  return {
    users,
    sessions,
    revokedTokens: [{ jti: createId(), exp: now + 3600 }],
    reservedNames: [{ name: 'gone', uid: createId(), until: now + 60 }],
    purgedUids: [createId()],
    invitations: [{ id: createId(), digest: digest(), createdAt: now, expiresAt: now + 60, groups: ['c'] }],
    apiKeys: [{ id: 'a'.repeat(16), name: 'k', digest: digest(), scopes: ['all'], createdAt: now }],
    revocations: [
      { until: now + 60, revocation: { uid: createId(), genBelow: 4, except: createId() } },
      { until: now + 61, revocation: { uid: createId(), ended: true } },
      { until: now + 62, revocation: { sid: createId() } },
      { until: now + 63, revocation: { kid: 'kid' } }
    ]
  }
}

/** The records of a store in one order, and its keys. */
async function contentOf(settings: Parameters<typeof openStore>[0]) {
  const warn = () => {}
  const { store, keyStorage, close } = await openStore(settings, { clock: Date.now, warn })
  try {
    const { knownTime: _, ...lists } = await store.dump()
    const sorted = Object.entries(lists).map(([name, records]) => [name, [...records].map(textOf).sort()])
    return { ...Object.fromEntries(sorted), keys: await keyStorage.change((keys) => keys) }
  } finally {
    await close()
  }
}

/** The text of a record with its members in one order; within claims they stay as they are. */
function textOf(record: object | string): string {
  return JSON.stringify(record, (name, value) => {
    if (name === 'claims') return JSON.stringify(value)
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
  })
}

t.test(
  '100,000 accounts are the same after a copy there and back',
  { skip: skipWithoutPostgres },
  async (t) => {
    const server = await startPostgres(t)
    const folder = temporaryFolder(t)
    const original = { driver: 'file', folder: join(folder, 'original') } as const
    const { keyStorage, close } = await openStore(
      { driver: 'memory', folder },
      { clock: Date.now, warn: () => {} }
    )
    await openGeneratedKeys(keyStorage, 'ES256', now)
    const keys = await openGeneratedKeys(keyStorage, 'RS256', now)
    await close()
    const restoration = await openRestoration(original, Date.now)
    await restoration.restore({ knownTime: 0, records: createContent(), keys })
    await restoration.close()

    const environment = {
      POSTERN_DATABASE_URL: await server.createDatabase('copy'),
      POSTERN_STORAGE_KEY: randomBytes(32).toString('base64')
    }
    const before = await contentOf(original)
    await copyStore(environment, { from: `file:${original.folder}`, to: 'postgres:' })
    const back = { driver: 'file', folder: join(folder, 'back') } as const
    await copyStore(environment, { from: 'postgres:', to: `file:${back.folder}` })
    const after = await contentOf(back)
    t.equal(before.users.length, count)
    for (const [name, list] of Object.entries(before)) {
      const same = JSON.stringify(after[name as keyof typeof after]) === JSON.stringify(list)
      t.ok(same, name)
    }
  }
)
