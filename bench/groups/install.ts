// An installation of the packed file, beside that of a common mock server: packages, megabytes and seconds. npm's cache has all
// of it: the first installation of each is not measured.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { interleave } from '../report/rounds.js'
import { type Row, skipped } from '../report/row.js'
import { median, quartiles } from '../report/statistics.js'
import { mockServer } from '../setup/peer.js'
import { built } from '../setup/program.js'
import type { Workplace } from '../setup/workplace.js'

const rounds = 5
const root = built('..')
const name = 'npm install of the packed file'

interface Installation {
  packages: number
  megabytes: number
  seconds: number
}

export async function measureInstall(workplace: Workplace): Promise<Row[]> {
  const packed = await pack(workplace)
  const theirs = `${mockServer.name}@${peerVersion()}`
  try {
    const samples = await interleave(
      rounds,
      { ours: () => install(workplace, packed), theirs: () => install(workplace, theirs) },
      { warmUps: 1 }
    )
    const row = (unit: Row['unit'], of: (installation: Installation) => number, atMost?: number): Row => {
      const [ours, other] = [samples.ours.map(of), samples.theirs.map(of)]
      return {
        name: `${name}, ${unit}`,
        unit,
        value: median(ours),
        spread: quartiles(ours),
        ...(atMost !== undefined && { goal: { atMost } }),
        note: `${mockServer.name}: ${median(other).toFixed(unit === 'packages' ? 0 : 1)}`
      }
    }
    return [
      row('packages', ({ packages }) => packages, 40),
      row('MB', ({ megabytes }) => megabytes, 20),
      row('s', ({ seconds }) => seconds)
    ]
  } catch (error) {
    return [skipped(name, String(error), 's')]
  }
}

async function pack(workplace: Workplace): Promise<string> {
  const folder = await workplace.folder()
  npm(['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], root)
  const [file = ''] = readdirSync(folder)
  return join(folder, file)
}

async function install(workplace: Workplace, what: string): Promise<Installation> {
  const folder = await workplace.folder()
  const start = performance.now()
  npm(
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent', '--prefix', folder, what],
    folder
  )
  const seconds = (performance.now() - start) / 1000
  const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'))
  return { packages: Object.keys(lock.packages).length, megabytes: sizeOf(folder) / 1e6, seconds }
}

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile()
  )
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

function peerVersion(): string {
  return JSON.parse(readFileSync(join(root, 'bench/peers/package.json'), 'utf8')).dependencies[
    mockServer.name
  ]
}

function npm(args: string[], cwd: string): void {
  const { status, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm ${args[0]}: ${stderr.split('\n', 1)[0]}`)
}
