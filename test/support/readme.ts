import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The text of the README's fenced block of this language that holds this phrase. @throws `Error` if there is not just one. */
export function readmeBlock(language: string, phrase: string): string {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8')
  const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name, text]) => name === language && text?.includes(phrase))
    .map(([, , text]) => text ?? '')
  const [block, ...others] = blocks
  if (block === undefined || others.length > 0) throw new Error(`${blocks.length} blocks hold ${phrase}`)
  return block
}
