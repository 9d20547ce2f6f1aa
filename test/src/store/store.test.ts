import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Adapter, Memory } from 'lowdb'
import t, { type Test } from 'tap'
import { openDocumentStore } from '../../../src/store/document-store.js'
import { JsonFile } from '../../../src/store/json-file.js'
import type { Store, User } from '../../../src/store/store.js'
import type { StoreDocument } from '../../../src/store/store-document.js'
import { storeFormat } from '../../../src/store/store-format.js'
import { createClock, start, temporaryFolder } from '../../helper.js'

const now = start / 1000
const hash = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'

function createUser(name: string): User {
  return { uid: randomBytes(16).toString('hex'), name, hash, active: true, gen: 0, createdAt: now }
}

function fileAdapter(folder: string) {
  return new JsonFile(join(folder, 'users.json'), storeFormat)
}

/** A memory adapter that can be told to fail, to count, and to wait with each write. */
class Probe implements Adapter<StoreDocument> {
  readonly inner = new Memory<StoreDocument>()
  writes = 0
  failure: Error | null = null
  gate: Promise<void> | null = null

  read() {
    return this.inner.read()
  }

  async write(data: StoreDocument) {
    this.writes += 1
    await this.gate
    if (this.failure !== null) throw this.failure
    await this.inner.write(JSON.parse(JSON.stringify(data)))
  }
}

const adapters: Record<string, (t: Test) => Adapter<StoreDocument>> = {
  memory: () => new Memory<StoreDocument>(),
  file: (t) => fileAdapter(temporaryFolder(t))
}

for (const [driver, createAdapter] of Object.entries(adapters)) {
  t.test(`every store keeps its promises: ${driver}`, async (t) => {
    const clock = createClock()
    const open = async (t: Test): Promise<[Store, () => Promise<Store>]> => {
      const adapter = createAdapter(t)
      return [await openDocumentStore(adapter, clock), () => openDocumentStore(adapter, clock)]
    }

    t.test('a user is found by name and by id, and by neither before it is made', async (t) => {
      const [store] = await open(t)
      const alice = createUser('alice')
      t.equal(await store.findUserByName('alice'), undefined)
      t.equal(await store.findUserById(alice.uid), undefined)
      await store.createUser(alice)
      t.same(await store.findUserByName('alice'), alice)
      t.same(await store.findUserById(alice.uid), alice)
    })

    t.test('a name can be taken once, also at the same time', async (t) => {
      const [store] = await open(t)
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, () => store.createUser(createUser('alice')))
      )
      t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
      for (const result of results) {
        if (result.status === 'rejected') t.match(result.reason, { name: 'UserAlreadyExistsError' })
      }
    })

    t.test('a record is replaced only by the one who has read its newest version', async (t) => {
      const [store] = await open(t)
      await store.createUser(createUser('alice'))
      const before = (await store.findUserByName('alice')) as User
      const results = await Promise.all([1, 2, 3].map((gen) => store.replaceUser(before, { ...before, gen })))
      t.equal(results.filter(Boolean).length, 1)
      t.equal((await store.findUserByName('alice'))?.gen, 1)
      t.equal(await store.replaceUser(before, { ...before, gen: 9 }), false)
      t.equal((await store.findUserByName('alice'))?.gen, 1)
    })

    t.test(
      'names that mean something to JavaScript are names like any other, and survive a restart',
      async (t) => {
        const [store, reopen] = await open(t)
        const names = [
          '__proto__',
          'constructor',
          'toString',
          'hasOwnProperty',
          'null',
          '0',
          'zoë',
          '👩‍🚀',
          "'; DROP TABLE users"
        ]
        for (const name of names) {
          t.equal(await store.findUserByName(name), undefined)
          await store.createUser(createUser(name))
        }
        const again = await reopen()
        for (const name of names) t.equal((await again.findUserByName(name))?.name, name)
      }
    )

    t.test(
      'a revoked token is known until it has expired, across a restart, and then forgotten',
      async (t) => {
        const clock = createClock()
        const adapter = createAdapter(t)
        const store = await openDocumentStore(adapter, clock)
        await store.revokeToken({ jti: 'a'.repeat(32), exp: now + 10 })
        await store.revokeToken({ jti: 'a'.repeat(32), exp: now + 10 })
        await store.revokeToken({ jti: 'b'.repeat(32), exp: now + 1000 })
        t.equal(await store.isTokenRevoked('a'.repeat(32)), true)
        t.equal(await store.isTokenRevoked('c'.repeat(32)), false)
        t.equal(await store.isTokenRevoked('__proto__'), false)
        const again = await openDocumentStore(adapter, clock)
        t.equal(await again.isTokenRevoked('a'.repeat(32)), true)
        clock.advance(10)
        await again.createUser(createUser('alice'))
        t.equal(await again.isTokenRevoked('a'.repeat(32)), false)
        t.equal(await again.isTokenRevoked('b'.repeat(32)), true)
      }
    )
  })
}

t.test('changes that arrive during a write share the next one', async (t) => {
  const adapter = new Probe()
  const store = await openDocumentStore(adapter, createClock())
  await Promise.all(Array.from({ length: 50 }, (_, index) => store.createUser(createUser(`user ${index}`))))
  t.equal(adapter.writes, 2)
  await store.revokeToken({ jti: 'a'.repeat(32), exp: now + 10 })
  await store.revokeToken({ jti: 'a'.repeat(32), exp: now + 10 })
  t.equal(adapter.writes, 3, 'nothing is written when nothing changes')
})

t.test('readers see a change only once it is written', async (t) => {
  const adapter = new Probe()
  let open = () => {}
  adapter.gate = new Promise((resolve) => {
    open = resolve
  })
  const store = await openDocumentStore(adapter, createClock())
  const made = store.createUser(createUser('alice'))
  await new Promise(setImmediate)
  t.equal(adapter.writes, 1)
  t.equal(await store.findUserByName('alice'), undefined)
  open()
  await made
  t.ok(await store.findUserByName('alice'))
})

t.test(
  'a write that fails changes nothing, is told to all who share it, and the next one works',
  async (t) => {
    const adapter = new Probe()
    const store = await openDocumentStore(adapter, createClock())
    await store.createUser(createUser('alice'))
    const alice = (await store.findUserByName('alice')) as User
    adapter.failure = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    const results = await Promise.allSettled([
      store.createUser(createUser('bob')),
      store.createUser(createUser('carol')),
      store.createUser(createUser('carol')),
      store.replaceUser(alice, { ...alice, active: false }),
      store.revokeToken({ jti: 'a'.repeat(32), exp: now + 10 })
    ])
    for (const result of results) {
      t.match(result, {
        status: 'rejected',
        reason: { name: 'StoreUnavailableError', statusCode: 503, cause: { code: 'ENOSPC' } }
      })
    }
    t.equal(await store.findUserByName('bob'), undefined)
    t.equal(await store.findUserById(alice.uid), alice)
    t.equal(await store.isTokenRevoked('a'.repeat(32)), false)

    adapter.failure = null
    await store.createUser(createUser('bob'))
    const again = await openDocumentStore(adapter, createClock())
    t.ok(await again.findUserByName('bob'))
    t.equal(await again.findUserByName('carol'), undefined)
    t.equal((await again.findUserByName('alice'))?.active, true)
  }
)

t.test('close waits for the write under way', async (t) => {
  const folder = temporaryFolder(t)
  const store = await openDocumentStore(fileAdapter(folder), createClock())
  const made = store.createUser(createUser('alice'))
  await store.close()
  t.match(readFileSync(join(folder, 'users.json'), 'utf8'), /"name":"alice"/)
  await made
})

t.test('the file has a version, one record a line, mode 0600, and nothing beside it', async (t) => {
  const folder = temporaryFolder(t)
  const store = await openDocumentStore(fileAdapter(folder), createClock())
  await store.createUser(createUser('alice'))
  await store.createUser(createUser('bob'))
  const text = readFileSync(join(folder, 'users.json'), 'utf8')
  t.match(JSON.parse(text), { version: 1, users: [{ name: 'alice' }, { name: 'bob' }], revokedTokens: [] })
  t.equal(text.split('\n').filter((line) => line.startsWith('{"uid"')).length, 2)
  t.equal(statSync(join(folder, 'users.json')).mode & 0o777, 0o600)
  t.same(readdirSync(folder), ['users.json'])
})

t.test('a file that cannot be written leaves the old one, and works again when it can', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'users.json')
  const store = await openDocumentStore(fileAdapter(folder), createClock())
  await store.createUser(createUser('alice'))
  const before = readFileSync(path, 'utf8')
  mkdirSync(`${path}.tmp`)
  await t.rejects(store.createUser(createUser('bob')), { name: 'StoreUnavailableError' })
  t.equal(readFileSync(path, 'utf8'), before)
  rmdirSync(`${path}.tmp`)
  await store.createUser(createUser('bob'))
  t.match(readFileSync(path, 'utf8'), /"name":"bob"/)
})

t.test('a temporary file that was left behind is removed and not read', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'users.json.tmp'), '{"version":1,"users":[')
  const store = await openDocumentStore(fileAdapter(folder), createClock())
  t.same(readdirSync(folder), [])
  await store.createUser(createUser('alice'))
  t.same(readdirSync(folder), ['users.json'])
})

t.test('a damaged file stops the start, says where, quotes nothing, and is left as it was', async (t) => {
  const user = JSON.stringify(createUser('alice'))
  const twin = JSON.stringify(createUser('alice'))
  const wrap = (users: string, rest = '"revokedTokens":[]') => `{"version":1,"users":[${users}],${rest}}`
  for (const [content, where] of [
    ['', 'or it ends too early'],
    ['{', 'or it ends too early'],
    ['[]', 'the document must be object'],
    ['null', 'the document must be object'],
    ['{}', 'the document must have required properties'],
    [wrap(user).slice(0, -20), 'it is not valid JSON at line 1'],
    [`{\n"version": 1,\n"users": [x]}`, 'it is not valid JSON at line 3'],
    [wrap(user).replace('"version":1', '"version":2'), '/version'],
    [wrap(user).replace('"active":true', '"active":"yes"'), '/users/0/active'],
    [wrap(user).replace('$argon2id$', '$plain$'), '/users/0/hash'],
    [wrap(user).replace('"uid":"', '"uid":"X'), '/users/0/uid'],
    [wrap(`${user},${twin}`), '/users/1/name is the same as /users/0/name'],
    [wrap(`${user},${user.replace('alice', 'bob')}`), '/users/1/uid is the same as /users/0/uid'],
    [wrap('', '"revokedTokens":[{"jti":"x","exp":1}]'), '/revokedTokens/0/jti'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'it is not valid UTF-8']
  ] as const) {
    const folder = temporaryFolder(t)
    const path = join(folder, 'users.json')
    writeFileSync(path, content)
    chmodSync(path, 0o600)
    const error = await openDocumentStore(fileAdapter(folder), createClock()).catch((error: Error) => error)
    t.match(error, { name: 'StartupError', exitCode: 3 })
    t.match((error as Error).message, where)
    t.match((error as Error).message, path)
    t.notMatch((error as Error).message, /aGFzaGhhc2|\n/)
    t.same(readFileSync(path), Buffer.from(content))
  }
})
