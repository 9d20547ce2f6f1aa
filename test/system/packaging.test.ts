import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildCommands, buildCopies, copyAll, finalCopies, image, root } from '../support/dockerfile.js'
import { temporaryFolder } from '../support/helper.js'
import { bundled, run } from '../support/process.js'

const unit = join(root, 'packaging/postern.service')
const canRun = (command: string, ...args: string[]) => spawnSync(command, args).status === 0
const canIsolate = canRun('unshare', '--net', '--mount', 'ip', 'link', 'set', 'lo', 'up')
const hasSystemd = canRun('systemd-analyze', '--version')

// A container without Docker: the folder of the image, the volume and the system's own programs, as one tree that cannot
// be written to but for the volume, in a network of its own.
const isolated = `
set -e
ip link set lo up
mount -t tmpfs none "$ROOT"
mkdir -p "$ROOT/usr" "$ROOT/proc" "$ROOT/dev" "$ROOT/node" "$ROOT$FOLDER" "$ROOT$VOLUME"
touch "$ROOT/node/node"
mount --rbind /usr "$ROOT/usr"
mount --rbind /proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount --bind "$NODE" "$ROOT/node/node"
mount --bind "$BUILT" "$ROOT$FOLDER"
mount --bind "$DATA" "$ROOT$VOLUME"
for name in bin lib lib64; do ln -s "usr/$name" "$ROOT/$name"; done
for path in / /usr /node/node "$FOLDER"; do mount -o remount,bind,ro "$ROOT$path"; done
exec chroot "$ROOT" setpriv --reuid="$ID" --regid="$ID" --clear-groups --no-new-privs --bounding-set=-all \\
  env -i PATH=/node:/usr/bin "$@"
`

// Runs the service, waits for the health check, uses the service, and ends it as Docker does.
const lifetime = `
cd "$FOLDER"
$SERVE & pid=$!
until $HEALTH; do kill -0 $pid || exit 1; sleep 0.2; done
node -e 'fetch("http://127.0.0.1:3000/user", { method: "POST", body: new URLSearchParams({ user: "alice", pass: "x" }) })
  .then(({ status }) => console.log(status))'
kill -TERM $pid
wait $pid
echo "ended with $?"
`

t.test(
  "the Dockerfile's steps make a program that runs unprivileged on a read-only file system",
  { skip: canIsolate ? false : 'needs unshare, ip and the right to use them' },
  async (t) => {
    const context = temporaryFolder(t)
    copyAll(buildCopies, root, context)
    // Instead of `npm ci`, which takes long.
    t.equal(buildCommands[0], 'npm ci')
    symlinkSync(join(root, 'node_modules'), join(context, 'node_modules'))
    t.equal(buildCommands[1], 'npm run build')
    const build = run(['npm', 'run', 'build'], context)
    t.equal(build.status, 0, build.stdout + build.stderr)

    const [built, data, tree] = [temporaryFolder(t), temporaryFolder(t), temporaryFolder(t)]
    copyAll(finalCopies, context, built)
    chmodSync(built, 0o755)
    const [id = ''] = image.user.split(':')
    chownSync(data, Number(id), Number(id))
    const inside = {
      ...image.environment,
      FOLDER: image.workingFolder,
      SERVE: image.command.join(' '),
      HEALTH: image.healthCommand.join(' ')
    }
    const outside = { ROOT: tree, NODE: process.execPath, BUILT: built, DATA: data, ID: id }
    const settings = Object.entries(inside).map(([name, value]) => `${name}=${value}`)
    const { stdout, stderr } = run(
      ['unshare', '--net', '--mount', 'sh', '-c', isolated, 'sh', ...settings, 'sh', '-c', lifetime],
      root,
      { FOLDER: image.workingFolder, VOLUME: image.volume, ...outside }
    )
    t.match(stdout, /^Postern is listening on .*:3000\n201\nended with 0\n$/, stderr)
    t.match(JSON.parse(readFileSync(join(data, 'users.json'), 'utf8')).users, [{ name: 'alice' }])
  }
)

t.test(
  'the systemd unit is valid, and well shut off',
  { skip: hasSystemd ? false : 'needs systemd' },
  async (t) => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'postern.service')
    // Node may be elsewhere here than where the unit looks for it.
    writeFileSync(file, readFileSync(unit, 'utf8').replace('ExecStart=node', `ExecStart=${process.execPath}`))
    const analyze = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, file], { encoding: 'utf8' })
      return { status, told: stderr + stdout }
    }
    t.same(analyze('verify'), { status: 0, told: '' })
    t.equal(analyze('security', '--offline=true', '--threshold=15').status, 0, 'an exposure of 1.5 at most')
  }
)

t.test(
  'the service needs no system call and no kind of socket that the unit forbids',
  { skip: hasSystemd && canIsolate && canRun('strace', '-V') ? false : 'needs systemd, strace and unshare' },
  async (t) => {
    const folder = temporaryFolder(t)
    const trace = join(folder, 'trace')
    const service = {
      FOLDER: folder,
      POSTERN_HOST: '0.0.0.0',
      POSTERN_DATA_DIR: join(folder, 'data'),
      SERVE: `strace -D -f -qq -o ${trace} node ${bundled} serve`,
      HEALTH: `node ${bundled} health`
    }
    const { stdout, stderr } = run(
      ['unshare', '--net', 'sh', '-c', `ip link set lo up; ${lifetime}`],
      root,
      service
    )
    t.match(stdout, /\n201\nended with 0\n$/, stderr)

    const calls = readFileSync(trace, 'utf8')
    const made = new Set(allMatches(calls, /^\d+ +(\w+)\(/gm))
    const allowed = allowedCalls()
    t.ok(made.has('listen') && made.has('fdatasync'))
    t.same(
      [...made].filter((name) => !allowed.has(name)),
      []
    )
    const families = new Set(allMatches(calls, /\bsocket\((\w+)/g))
    t.ok(families.has('AF_UNIX') && families.has('AF_INET'))
    const allowedFamilies = new Set(settings('RestrictAddressFamilies'))
    t.same(
      [...families].filter((name) => !allowedFamilies.has(name)),
      []
    )
  }
)

/** The words of all lines of the unit that set this. */
function settings(name: string): string[] {
  return allMatches(readFileSync(unit, 'utf8'), new RegExp(`^${name}=(.*)$`, 'gm')).flatMap((line) =>
    line.split(' ')
  )
}

function allowedCalls(): Set<string> {
  const allowed = new Set<string>()
  for (const line of allMatches(readFileSync(unit, 'utf8'), /^SystemCallFilter=(.*)$/gm)) {
    for (const name of line.replace('~', '').split(' ').flatMap(expand)) {
      if (line.startsWith('~')) allowed.delete(name)
      else allowed.add(name)
    }
  }
  return allowed
}

/** The system calls in a group of systemd's. */
function expand(group: string): string[] {
  if (!group.startsWith('@')) return [group]
  const { stdout } = spawnSync('systemd-analyze', ['syscall-filter', group], { encoding: 'utf8' })
  return allMatches(stdout, /^ +(@?[\w-]+)$/gm).flatMap(expand)
}

function allMatches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, match = '']) => match)
}
