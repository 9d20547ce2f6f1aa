import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import type { ClaimKind } from '../../../src/store/file/claim.js'
import { type Lock, lockFolder, withFolderLock } from '../../../src/store/file/folder-lock.js'
import { processClaim } from '../../../src/store/file/process-claim.js'
import { socketClaim } from '../../../src/store/file/socket-claim.js'
import { temporaryFolder } from '../../support/helper.js'
import { Program } from '../../support/process.js'

const inUse = { name: 'StartupError', exitCode: 4 }
const notLinux = process.platform === 'linux' ? false : 'locks by a file'

/** The id of a process that is gone. */
async function deadProcess(t: Test, folder: string): Promise<number> {
  const gone = new Program(t, ['--version'], {}, folder)
  await gone.exit
  return gone.child.pid as number
}

const outcomes = async (locks: Promise<unknown>[]) => {
  const settled = await Promise.allSettled(locks)
  return settled.map((result) => (result.status === 'fulfilled' ? 'owner' : result.reason.exitCode)).sort()
}

for (const [kind, name] of [
  [socketClaim, 'H4: a socket'],
  [processClaim, 'R14: a process id']
] as const) {
  t.test(`${name} takes a folder until it is released, and of ten at once one gets it`, async (t) => {
    const folder = temporaryFolder(t)
    for (let round = 1; round <= 20; round += 1) {
      const locks = Array.from({ length: 10 }, () => lockFolder(folder, undefined, [kind]))
      t.same(await outcomes(locks), [4, 4, 4, 4, 4, 4, 4, 4, 4, 'owner'])
      await t.rejects(lockFolder(folder), { ...inUse, message: `owner.${round}.${kind.extension}` })
      const owner = await Promise.any(locks)
      await owner.release()
      t.same(readdirSync(folder), [`owner.${round}.${kind.extension}`])
    }
    const keys = await lockFolder(folder, 'keys', [kind])
    await (await lockFolder(folder, undefined, [kind])).release()
    await keys.release()
  })

  t.test(`${name} of a start that was slow gives way to those that came and went meanwhile`, async (t) => {
    const folder = temporaryFolder(t)
    let go = () => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    let began = () => {}
    const beginning = new Promise<void>((resolve) => {
      began = resolve
    })
    const slow: ClaimKind = {
      ...kind,
      async make(...args) {
        began()
        await gate
        return await kind.make(...args)
      }
    }
    const late = lockFolder(folder, undefined, [slow])
    await beginning
    await (await lockFolder(folder, undefined, [kind])).release()
    const owner = await lockFolder(folder, undefined, [kind])
    go()
    await t.rejects(late, inUse)
    await t.rejects(lockFolder(folder, undefined, [kind]), inUse)
    t.same(readdirSync(folder), [`owner.2.${kind.extension}`])
    await owner.release()
    await (await lockFolder(folder, undefined, [kind])).release()
  })
}

t.test('H4: of a socket and a process id that are made at once never both take the folder', async (t) => {
  for (let round = 1; round <= 50; round += 1) {
    const folder = temporaryFolder(t)
    const locks = [socketClaim, processClaim].map((kind) => lockFolder(folder, undefined, [kind]))
    t.not((await outcomes(locks)).join(), 'owner,owner')
    for (const lock of await Promise.allSettled(locks))
      if (lock.status === 'fulfilled') await lock.value.release()
    await (await lockFolder(folder)).release()
  }
})

for (const [early, late] of [
  [socketClaim, processClaim],
  [processClaim, socketClaim]
] as const) {
  t.test(`H4: ${late.extension} gives way to ${early.extension} that came while it was made`, async (t) => {
    const folder = temporaryFolder(t)
    let owner: Lock | undefined
    const overtaken: ClaimKind = {
      ...late,
      async make(...args) {
        owner = await lockFolder(folder, undefined, [early])
        return await late.make(...args)
      }
    }
    await t.rejects(lockFolder(folder, undefined, [overtaken]), {
      ...inUse,
      message: `owner.1.${early.extension}`
    })
    await t.rejects(lockFolder(folder, undefined, [late]), inUse)
    await owner?.release()
    await (await lockFolder(folder, undefined, [late])).release()
  })
}

t.test('those who lock a folder for a moment wait for each other', async (t) => {
  const folder = temporaryFolder(t)
  let running = 0
  await Promise.all(
    Array.from({ length: 4 }, () =>
      withFolderLock(folder, 'keys', async () => {
        running += 1
        t.equal(running, 1)
        await new Promise(setImmediate)
        running -= 1
      })
    )
  )
})

t.test(
  'H4: a copy of a folder in use is free, and holds no socket once the folder was released',
  async (t) => {
    const folder = temporaryFolder(t)
    const copy = join(temporaryFolder(t), 'copy')
    const lock = await lockFolder(folder)
    await lock.release()
    for (const name of readdirSync(folder)) t.ok(lstatSync(join(folder, name)).isFile())
    cpSync(folder, copy, { recursive: true })
    await (await lockFolder(copy)).release()
  }
)

t.test('H4: what a start left that was cut off is cleaned by the next', { skip: notLinux }, async (t) => {
  const folder = temporaryFolder(t)
  for (const name of ['.owner.3.sock.0123456789ab', 'owner.1.sock', 'owner.2.sock'])
    writeFileSync(join(folder, name), '')
  const lock = await lockFolder(folder)
  t.same(readdirSync(folder), ['owner.3.sock'])
  await lock.release()
})

t.test('H4: the socket is the owner’s alone', { skip: notLinux }, async (t) => {
  const folder = temporaryFolder(t)
  const lock = await lockFolder(folder)
  t.equal(statSync(join(folder, 'owner.1.sock')).mode & 0o777, 0o600)
  await lock.release()
})

/** The reason why no other user can run this Node, such as one that npx has put below root's home. */
function notForOthers(): string | false {
  if (process.geteuid?.() !== 0) return 'needs root'
  for (let path = process.execPath; path !== '/'; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) return 'no other user can run this Node'
  }
  return false
}

/** Has a process of this user take the name that release 0.1.0 takes. */
async function takeAbstractName(t: Test, folder: string, uid: number) {
  const { dev, ino } = statSync(folder)
  const script = `require('net').createServer().listen('\\0postern-${dev}-${ino}', () => console.log(1))`
  const child = spawn(process.execPath, ['-e', script], {
    uid,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {}
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
}

t.test('H4: a process of release 0.1.0 that owns the folder is seen', { skip: notLinux }, async (t) => {
  const folder = temporaryFolder(t)
  const { dev, ino } = statSync(folder)
  const former = createServer().listen(`\0postern-${dev}-${ino}`)
  await once(former, 'listening')
  await t.rejects(lockFolder(folder), { ...inUse, message: `process ${process.pid}, of an older release` })
  former.close()
  await once(former, 'close')
  await (await lockFolder(folder)).release()

  writeFileSync(join(folder, 'postern.pid'), String(process.ppid))
  await t.rejects(lockFolder(folder), { ...inUse, message: 'see postern.pid in it' })
})

t.test(
  'M10: another user who takes the name of an abstract socket does not stop the start',
  { skip: notLinux || notForOthers() },
  async (t) => {
    const folder = temporaryFolder(t)
    await takeAbstractName(t, folder, 1234)
    await (await lockFolder(folder)).release()
  }
)

t.test('H4: without sockets the folder is taken by a process id, with a warning', async (t) => {
  const folder = temporaryFolder(t)
  const unsupported: ClaimKind = {
    ...socketClaim,
    make: () => Promise.reject(Object.assign(new Error('bind'), { code: 'EOPNOTSUPP' }))
  }
  const lock = await lockFolder(folder, undefined, [unsupported, processClaim])
  t.match(lock.warnings, [/has no sockets: a second Postern/])
  t.ok(existsSync(join(folder, 'owner.1.pid')))
  await t.rejects(lockFolder(folder), inUse)
  await lock.release()
  const next = await lockFolder(folder)
  t.same(next.warnings, [])
  await next.release()
})

t.test('R14: the file of a process that is gone is taken over, an empty one too', async (t) => {
  const folder = temporaryFolder(t)
  const lock = () => lockFolder(folder, undefined, [processClaim])
  for (const owner of ['', '0', '-1', 'x', String(process.pid), String(await deadProcess(t, folder))]) {
    const path = join(folder, 'owner.1.pid')
    const former = join(folder, 'postern.pid')
    for (const file of [path, former]) {
      writeFileSync(file, owner)
      utimesSync(file, 1, 1)
    }
    const locks = Array.from({ length: 4 }, lock)
    t.same(await outcomes(locks), [4, 4, 4, 'owner'], `from '${owner}'`)
    await (await Promise.any(locks)).release()
  }
  writeFileSync(join(folder, 'owner.99.pid'), '')
  await t.rejects(lock(), inUse, 'one that is being written')
  writeFileSync(join(folder, 'owner.99.pid'), String(process.ppid))
  await t.rejects(lock(), inUse)
})

for (const kind of [socketClaim, processClaim]) {
  t.test(`S8: a number that leaves none for the next start is told: ${kind.extension}`, async (t) => {
    const folder = temporaryFolder(t)
    for (const number of [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1]) {
      const path = join(folder, `owner.${number}.${kind.extension}`)
      writeFileSync(path, 'released\n')
      await t.rejects(lockFolder(folder, undefined, [kind]), {
        name: 'StartupError',
        exitCode: 5,
        message: `${path} has so high a number that none is left for the next start: remove it`
      })
      t.same(readdirSync(folder), [basename(path)])
      rmSync(path)
    }
    const [high, higher] = [2, 1].map(
      (less) => `owner.${Number.MAX_SAFE_INTEGER - less}.${kind.extension}`
    ) as [string, string]
    writeFileSync(join(folder, high), 'released\n')
    await (await lockFolder(folder, undefined, [kind])).release()
    t.same(readdirSync(folder), [higher])
    rmSync(join(folder, higher))
    writeFileSync(join(folder, `owner.99999999999999999999.${kind.extension}`), 'released\n')
    await (await lockFolder(folder, undefined, [kind])).release()
    t.ok(
      readdirSync(folder).includes(`owner.1.${kind.extension}`),
      'what can be no number is no name of ours'
    )
  })
}

t.test('a folder that cannot be locked is told', async (t) => {
  const folder = temporaryFolder(t)
  await t.rejects(lockFolder(join(folder, 'none')), { code: 'ENOENT' })
  writeFileSync(join(folder, 'file'), '')
  await t.rejects(lockFolder(join(folder, 'file')), { name: 'StartupError', exitCode: 5 })
  mkdirSync(join(folder, 'full'))
  const full: ClaimKind = {
    ...socketClaim,
    make: () => Promise.reject(Object.assign(new Error('bind'), { code: 'ENOSPC' }))
  }
  await t.rejects(lockFolder(join(folder, 'full'), undefined, [full]), { exitCode: 5, message: 'ENOSPC' })
})
