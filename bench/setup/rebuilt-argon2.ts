import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type Argon2 from 'argon2'

const root = join(import.meta.dirname, '../../..')

/** Why argon2 cannot be rebuilt here, or false. */
export function whyNotRebuilt(): string | false {
  return spawnSync('c++', ['--version']).status === 0 ? false : 'needs a C++ compiler'
}

/** Rebuilds a copy of argon2 in an empty folder by the project's script; gives the path that `loadArgon2` takes. */
export function rebuildArgon2(folder: string): string {
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  for (const name of ['argon2', '@phc/format', 'node-addon-api', 'node-gyp-build'])
    cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true })
  const { status, stderr } = spawnSync('npm', ['run', 'rebuild:argon2'], { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`argon2 could not be rebuilt: ${stderr}`)
  return join(folder, 'package.json')
}

/** The argon2 of the package at this path. */
export function loadArgon2(path: string): typeof Argon2 {
  return createRequire(path)('argon2')
}
