import { isUtf8 } from 'node:buffer'
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

async function readKey(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new StartupError('wrongSetting', `POSTERN_SIGNING_KEY_FILE cannot be read (${cause.code})`, {
      cause
    })
  })
  // Bytes that are no text would all become U+FFFD: a weaker secret, and not the one that verifiers are given.
  if (!isUtf8(bytes)) {
    const message = 'POSTERN_SIGNING_KEY_FILE takes a file of text, such as `openssl rand -base64 64` writes'
    throw new StartupError('wrongSetting', message)
  }
  // Most editors and `echo` end a file with a line break, which is no part of a secret.
  return bytes.toString().replace(/\r?\n$/, '')
}
