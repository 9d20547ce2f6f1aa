import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './dockerfile.js'

const fences = /^```(\w*)\n(.*?)^```$/gms

/** The pages of `docs`, and those at the root that say how to use and change Postern. */
export const docPages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`)
    .sort()
]

/** The text of a file, whose path begins at the root. */
export function readDoc(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** The texts of all fenced blocks of this language. */
export function docBlocks(file: string, language: string): string[] {
  return [...readDoc(file).matchAll(fences)]
    .filter(([, name]) => name === language)
    .map(([, , text = '']) => text)
}

/** The fenced block of this language that holds this phrase. @throws `Error` if there is not just one. */
export function docBlock(file: string, language: string, phrase: string): string {
  const blocks = docBlocks(file, language).filter((text) => text.includes(phrase))
  const [block, ...others] = blocks
  if (block === undefined || others.length > 0) {
    throw new Error(`${blocks.length} blocks of ${file} hold ${phrase}`)
  }
  return block
}

/** The rows of all tables whose first column has this head, as the texts of their cells. */
export function tableRows(file: string, head: string): string[][] {
  const rows: string[][] = []
  let isInTable = false
  for (const line of prose(file).split('\n')) {
    const cells = /^\|(.*)\|$/
      .exec(line)?.[1]
      ?.split('|')
      .map((cell) => cell.trim())
    const isHead = cells?.[0] === head
    if (isInTable && cells !== undefined && !/^-+$/.test(cells[0] ?? '')) rows.push(cells)
    isInTable = isHead || (isInTable && cells !== undefined)
  }
  return rows
}

/** The words in backticks. */
export function codeWords(text = ''): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)
}

/** The targets of all links and images. */
export function links(file: string): string[] {
  const text = prose(file).replace(/`[^`\n]*`/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g)].map(
    ([, target, attribute]) => target ?? attribute ?? ''
  )
}

/** The anchors of all headings, as GitHub makes them. */
export function anchors(file: string): string[] {
  const slugs = [...prose(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-')
  )
  return slugs.map((slug, index) => {
    const earlier = slugs.slice(0, index).filter((other) => other === slug).length
    return earlier === 0 ? slug : `${slug}-${earlier}`
  })
}

/** All sentences: of headings, paragraphs, the items of lists and the cells of tables. */
export function sentences(file: string): string[] {
  return prose(file)
    .replace(/^\s*(?:[-*>]|\d+\.|#+) /gm, '\n\n')
    .replace(/^\|.*$/gm, (row) => row.replaceAll('|', '\n\n'))
    .split(/\n\s*\n/)
    .flatMap((block) =>
      block
        .replace(/\s+/g, ' ')
        .trim()
        .split(/(?<=[.!?][*_"')]*) /)
    )
    .filter((sentence) => sentence !== '')
}

function prose(file: string): string {
  return readDoc(file).replace(fences, '\n')
}
