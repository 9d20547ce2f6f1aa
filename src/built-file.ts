import { readFile } from 'node:fs/promises'

/**
 * Reads a file of `build/docs` when it is first asked for, and remembers it.
 *
 * @param name never from a request.
 */
export function builtFile(name: string): () => Promise<Buffer> {
  // The bundle lies as deep below `build` as this module does.
  const url = new URL(`../docs/${name}`, import.meta.url)
  let content: Promise<Buffer> | undefined
  return () => {
    content ??= readFile(url).catch((error: unknown) => {
      content = undefined
      throw error
    })
    return content
  }
}
