import { readFile } from 'node:fs/promises'
import { entityTag } from './entity-tag.js'

/** A file as it is sent. */
export interface BuiltFile {
  content: Buffer
  etag: string
}

/**
 * Reads a file of `build/docs` when it is first asked for, and remembers it.
 *
 * @param name never from a request.
 */
export function builtFile(name: string): () => Promise<BuiltFile> {
  // The bundle lies as deep below `build` as this module does.
  const url = new URL(`../docs/${name}`, import.meta.url)
  let file: Promise<BuiltFile> | undefined
  return () => {
    file ??= read(url).catch((error: unknown) => {
      file = undefined
      throw error
    })
    return file
  }
}

async function read(url: URL): Promise<BuiltFile> {
  const content = await readFile(url)
  return { content, etag: entityTag(content) }
}
