import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { entityTag } from './entity-tag.js'

/** A file with its entity tag. */
export interface BuiltFile {
  content: Buffer
  etag: string
}

/**
 * Reads a file of `build/docs` when it is first asked for, and remembers it.
 *
 * @param name never from a request.
 * @param adapt makes what is sent of what is in the file.
 */
export function builtFile(
  name: string,
  adapt: (content: Buffer) => Buffer = (content) => content
): () => Promise<BuiltFile> {
  let file: Promise<BuiltFile> | undefined
  return () => {
    file ??= read(name, adapt).catch((error: unknown) => {
      file = undefined
      throw error
    })
    return file
  }
}

async function read(name: string, adapt: (content: Buffer) => Buffer): Promise<BuiltFile> {
  // By the package's own name, since the bundle lies elsewhere than this module.
  const root = dirname(createRequire(import.meta.url).resolve('postern/package.json'))
  const content = adapt(await readFile(join(root, 'build/docs', name)))
  return { content, etag: entityTag(content) }
}
