import { readFile } from 'node:fs/promises'
import fp from 'fastify-plugin'
import type { Config } from '../src/config.js'
import { StartupError } from '../src/errors.js'
import { openGeneratedKey } from '../src/key-file.js'
import { createKeyRing, type KeyRing } from '../src/key-ring.js'
import { generateKey, importKey, type SigningKey } from '../src/signing-key.js'

declare module 'fastify' {
  interface FastifyInstance {
    keys: KeyRing
  }
}

export default fp(
  async (app) => {
    app.decorate('keys', createKeyRing(await signingKey(app.config, app.dataFolder?.path)))
  },
  { name: 'keys', dependencies: ['config', 'data-folder'] }
)

async function signingKey(config: Config, folder: string | undefined): Promise<SigningKey> {
  const { POSTERN_ALGORITHM, POSTERN_SIGNING_KEY, POSTERN_SIGNING_KEY_FILE } = config
  if (POSTERN_SIGNING_KEY !== undefined) {
    return importKey(POSTERN_SIGNING_KEY, POSTERN_ALGORITHM, 'POSTERN_SIGNING_KEY')
  }
  if (POSTERN_SIGNING_KEY_FILE !== undefined) {
    return importKey(await readKey(POSTERN_SIGNING_KEY_FILE), POSTERN_ALGORITHM, 'POSTERN_SIGNING_KEY_FILE')
  }
  return folder === undefined
    ? await generateKey(POSTERN_ALGORITHM)
    : await openGeneratedKey(folder, POSTERN_ALGORITHM)
}

// Most editors and `echo` end a file with a line break, which is no part of a secret.
async function readKey(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new StartupError('wrongSetting', `POSTERN_SIGNING_KEY_FILE cannot be read (${code})`, {
      cause: error
    })
  }
}
