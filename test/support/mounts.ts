import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { temporaryFolder } from './helper.js'

/** Shell commands that mount what a disk is, with `$DISK` for its folder and `$DATA` for the data folder in it. */
const disks = {
  /** Says that it is full when it is written to. */
  small: 'mount -t tmpfs -o size=256k none "$DISK"; mkdir "$DATA"',
  /** The same for a database, which another user owns. */
  cluster:
    'mount -t tmpfs -o size=80m none "$DISK"; mkdir -m 700 "$DATA"; chown postgres "$DATA"; chmod 755 "$DISK/.."',
  /** Has promised more room than there is, and says so only when it is synced. */
  overcommitted: `
    mount -t tmpfs -o size=1m none "$DISK"
    mkdir "$DATA"
    truncate -s 8M "$DISK/image"
    mkfs.ext4 -q -O ^has_journal "$DISK/image"
    mount -o loop "$DISK/image" "$DATA"
    rmdir "$DATA/lost+found"`,
  /** Can be made read-only apart from the one that it is on. */
  bound: 'mkdir "$DATA"; mount --bind "$DATA" "$DATA"'
}

/** What is mounted where nobody else sees it. */
export class Mounts {
  readonly #owner: number
  readonly disk: string
  readonly data: string

  constructor(owner: number, disk: string, data: string) {
    this.#owner = owner
    this.disk = disk
    this.data = data
  }

  /** The command that runs another one there, with its arguments. */
  get under(): string[] {
    return ['nsenter', '--target', String(this.#owner), '--mount']
  }

  /** The path by which a file there is found from here. */
  path(path: string): string {
    return join(`/proc/${this.#owner}/root`, path)
  }

  /** Runs a command there to its end. @throws what it says, if it fails. */
  run(...command: string[]): void {
    const [file = '', ...args] = [...this.under, ...command]
    const { status, stderr } = spawnSync(file, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`)
  }
}

/** Mounts a disk for this test alone; the kernel unmounts it when the last process that sees it has ended. */
export async function mount(t: Test, kind: keyof typeof disks): Promise<Mounts> {
  const folder = realpathSync(temporaryFolder(t))
  const disk = join(folder, 'disk')
  const data = join(disk, 'data')
  mkdirSync(disk)
  const script = `set -e; ${disks[kind]}\necho mounted; exec cat`
  const owner = spawn('unshare', ['--mount', 'sh', '-c', script], {
    env: { PATH: process.env.PATH, DISK: disk, DATA: data }
  })
  const ended = once(owner, 'close')
  t.teardown(() => {
    owner.kill('SIGKILL')
    return ended
  })
  let complaint = ''
  owner.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const isMounted = await Promise.race([once(owner.stdout, 'data').then(() => true), ended.then(() => false)])
  if (!isMounted) throw new Error(`cannot mount: ${complaint}`)
  return new Mounts(owner.pid as number, disk, data)
}

/** Why a test that mounts this cannot run here, or false if it can. */
export function cannotMount(kind: keyof typeof disks): string | false {
  const script = `set -e; mount -t tmpfs none /mnt; mkdir /mnt/disk; ${disks[kind]}`
  const env = { PATH: process.env.PATH, DISK: '/mnt/disk', DATA: '/mnt/disk/data' }
  const { status } = spawnSync('unshare', ['--mount', 'sh', '-c', script], { env })
  return status === 0 ? false : `needs unshare, a ${kind} disk and the right to mount it`
}
