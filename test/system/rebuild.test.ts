import { spawnSync } from 'node:child_process'
import { cpSync, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import argon2 from 'argon2'
import t from 'tap'
import { temporaryFolder } from '../helper.js'

const skip = spawnSync('c++', ['--version']).status === 0 ? false : 'needs a C++ compiler'
const root = join(import.meta.dirname, '../../..')

t.test('argon2 rebuilt for this processor makes and takes the same hashes', { skip }, async (t) => {
  const folder = temporaryFolder(t)
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  for (const name of ['argon2', '@phc/format', 'node-addon-api', 'node-gyp-build']) {
    cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true })
  }
  const { status, stderr } = spawnSync('npm', ['run', 'rebuild:argon2'], { cwd: folder, encoding: 'utf8' })
  t.equal(status, 0, stderr)
  t.ok(existsSync(join(folder, 'node_modules/argon2/build/Release/argon2.node')))

  const rebuilt: typeof argon2 = createRequire(join(folder, 'package.json'))('argon2')
  const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1, salt: Buffer.alloc(16, 1) }
  const hash = await argon2.hash('wonderland', options)
  t.equal(await rebuilt.hash('wonderland', options), hash)
  t.ok(await rebuilt.verify(hash, 'wonderland'))
  t.notOk(await rebuilt.verify(hash, 'looking-glass'))
})
