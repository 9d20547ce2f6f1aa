import { existsSync } from 'node:fs'
import { join } from 'node:path'
import argon2 from 'argon2'
import t from 'tap'
import { loadArgon2, rebuildArgon2, whyNotRebuilt } from '../../bench/setup/rebuilt-argon2.js'
import { temporaryFolder } from '../support/helper.js'

t.test(
  'argon2 rebuilt for this processor makes and takes the same hashes',
  { skip: whyNotRebuilt() },
  async (t) => {
    const folder = temporaryFolder(t)
    const rebuilt = loadArgon2(rebuildArgon2(folder))
    t.ok(existsSync(join(folder, 'node_modules/argon2/build/Release/argon2.node')))
    const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1, salt: Buffer.alloc(16, 1) }
    const hash = await argon2.hash('wonderland', options)
    t.equal(await rebuilt.hash('wonderland', options), hash)
    t.ok(await rebuilt.verify(hash, 'wonderland'))
    t.notOk(await rebuilt.verify(hash, 'looking-glass'))
  }
)
